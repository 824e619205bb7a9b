# The image has the bot only: no sandbox, no tests, no Redis. Its commands: python -m bot [web|worker|check|...]
# For a build that can be repeated, pin both bases by digest (docs/install.md).
FROM python:3.11-slim-bookworm AS built
WORKDIR /app
COPY requirements.txt deploy/sbom.py ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
    && python sbom.py requirements.txt > sbom.cdx.json

FROM python:3.11-slim-bookworm
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Keysmith" \
      org.opencontainers.image.description="A Slack bot that runs an organisation's Cloudinary credentials." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN useradd --system --uid 10001 --no-create-home keysmith
WORKDIR /app
COPY --from=built /venv /venv
COPY --from=built /app/sbom.cdx.json sbom.cdx.json
COPY bot bot
COPY handlers handlers
COPY policy policy
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request; host, _, port = os.environ.get('ADMIN_PORT', '3001').rpartition(':'); host = '127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host; urllib.request.urlopen(f'http://{host}:{port}/healthz', timeout=5)"]
CMD ["python", "-m", "bot"]
