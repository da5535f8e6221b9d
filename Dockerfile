# One image for all programs: docker run IMAGE web | worker | jobs | relay | beat | migrate
# PostgreSQL and Redis are servers of their own: see compose.yaml.
FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/creditbank --create-home creditbank
WORKDIR /app
COPY requirements/production.txt requirements/build.txt requirements/
RUN pip install --no-cache-dir --root-user-action=ignore --require-hashes \
    -r requirements/production.txt -r requirements/build.txt
COPY pyproject.toml LICENSE ./
COPY creditbank creditbank
COPY schemas schemas
COPY workers workers
COPY migrations migrations
RUN pip install --no-cache-dir --root-user-action=ignore --no-deps --no-index \
    --no-build-isolation --editable . \
    && python -m compileall -q creditbank schemas workers migrations
ENV PYTHONUNBUFFERED=1 \
    CREDITBANK_HOST=0.0.0.0 \
    CREDITBANK_VAR=/var/lib/creditbank
WORKDIR /var/lib/creditbank
USER creditbank
EXPOSE 8000
ENTRYPOINT ["creditbank"]
CMD ["web"]
