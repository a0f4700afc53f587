"""Several gateways as the processes of one: a parent that keeps them running, on one public and one admin port."""
