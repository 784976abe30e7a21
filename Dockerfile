# One image for every part of the service: pages and receivers, and workers.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/gonequiet
RUN python -m venv .venv
COPY requirements.lock .
RUN .venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY alerts alerts
COPY cli cli
COPY connectors connectors
COPY flows flows
COPY metrics metrics
COPY models models
COPY web web
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --config-settings editable_mode=compat -e .

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --uid 10001 gonequiet && mkdir /data && chown gonequiet /data
COPY --from=build /opt/gonequiet /opt/gonequiet
ENV PATH=/opt/gonequiet/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    APP_HOME=/opt/gonequiet \
    GONEQUIET_DATA=/data
WORKDIR /opt/gonequiet
USER gonequiet
VOLUME /data
EXPOSE 8420
ENTRYPOINT ["gonequiet"]
CMD ["serve", "--host", "0.0.0.0"]
