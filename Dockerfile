# The image has the bot only, without the sandbox and the tests.
FROM python:3.11-slim AS built
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 keysmith
WORKDIR /app
COPY --from=built /venv /venv
COPY bot bot
COPY handlers handlers
COPY policy policy
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER keysmith
EXPOSE 3000
HEALTHCHECK CMD ["python", "-c", "import os, urllib.request; host, _, port = os.environ.get('ADMIN_PORT', '3001').rpartition(':'); host = '127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host; urllib.request.urlopen(f'http://{host}:{port}/healthz', timeout=5)"]
CMD ["python", "-m", "bot"]
