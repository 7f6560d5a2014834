# One image for every process of every service: docker run kefu services.orders api
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS installed
# as pip knows them; nothing of it stays in the image
ARG PIP_INDEX_URL
ARG PIP_TRUSTED_HOST
COPY requirements/service.txt /requirements.txt
RUN python -m venv --without-pip /opt/kefu \
 && python -m pip --python /opt/kefu install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore \
    --only-binary=:all: --require-hashes -r /requirements.txt \
 # phone numbers are read and written here, never located
 && rm -r /opt/kefu/lib/python*/site-packages/phonenumbers/geodata /opt/kefu/lib/python*/site-packages/phonenumbers/carrierdata
COPY shared /opt/kefu/app/shared
COPY services /opt/kefu/app/services
COPY alembic.ini /opt/kefu/app/
# the root is read-only where it runs
RUN /opt/kefu/bin/python -m compileall -q -j 0 /opt/kefu/lib /opt/kefu/app

FROM ${PYTHON_IMAGE} AS kefu
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kefu" \
      org.opencontainers.image.description="Customer-service backend of online shops: inquiry, orders, aftersales, survey" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=installed /opt/kefu /opt/kefu
ENV PATH=/opt/kefu/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 KEFU_VERSION=${VERSION}
WORKDIR /opt/kefu/app
USER 10001:10001
ENTRYPOINT ["python", "-m"]

# programs that stand for everyone outside, for compose and clusters of one's own
FROM kefu AS outsiders
USER root
# a volume is its owner's who is there first
RUN install -d -o 10001 -g 10001 /state
USER 10001:10001
COPY deploy /opt/kefu/app/deploy
