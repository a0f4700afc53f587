"""Two HTTP apps and the media socket."""
