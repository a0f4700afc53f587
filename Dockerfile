# The gateway as an image: docker build -t kallglot-gateway .
#
# It runs as nobody in particular, on a root file system that may be read-only:
#   docker run --read-only --tmpfs /tmp -v gateway:/var/lib/gateway -p 8080:8080 -e GATEWAY_… kallglot-gateway

# With a C compiler, for what audio passes through.
FROM python:3.13-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY deploy/requirements.lock deploy/build.lock deploy/
# What runs, and apart from it what is needed to build it. Wheels alone, and exactly those whose hashes are known.
RUN python -m venv --without-pip /opt/gateway \
    && python -m pip --python /opt/gateway/bin/python install --require-hashes --only-binary :all: --requirement deploy/requirements.lock
RUN python -m venv --without-pip /opt/build \
    && python -m pip --python /opt/build/bin/python install --require-hashes --only-binary :all: --requirement deploy/build.lock
COPY deploy/compile.py deploy/
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
RUN /opt/build/bin/python -m hatchling build --target wheel --directory /opt/build/dist \
    && python -m pip --python /opt/gateway/bin/python install --no-deps --no-index /opt/build/dist/kallglot_gateway-*.whl
# The bill of materials: what is in the image and under which licence.
RUN mkdir -p /opt/gateway/share/sbom \
    && /opt/build/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file /opt/gateway/share/sbom/kallglot-gateway.cdx.json /opt/gateway/bin/python

FROM python:3.13-slim-bookworm
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Kallglot gateway" \
      org.opencontainers.image.description="Bridges Twilio and Telnyx phone calls to Kallglot voice sessions" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.vendor="Kallglot"
ENV PATH=/opt/gateway/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Nothing is installed from here on, by nobody.
RUN python -m pip uninstall --yes --quiet pip \
    && groupadd --gid 10001 gateway \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/gateway --create-home --shell /usr/sbin/nologin gateway
COPY --from=build /opt/gateway /opt/gateway
COPY config /etc/gateway
# A store in a file, the default, is written here.
WORKDIR /var/lib/gateway
USER 10001:10001
EXPOSE 8080 9090
# The drain begins; Docker has to be patient for longer than drain.deadline_s: docker stop --time 150.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, sys; to = http.client.HTTPConnection('127.0.0.1', 8080, timeout=4); to.request('GET', '/livez'); sys.exit(to.getresponse().status != 200)"]
ENTRYPOINT ["gateway"]
CMD ["serve", "--config", "/etc/gateway/gateway.toml"]
