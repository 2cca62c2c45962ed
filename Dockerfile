# cocoproof for CI jobs, without root:
#
#   docker run --rm -v "$PWD:/data:ro" ghcr.io/cocoproof/cocoproof check annotations/
#
# Python 3.13, because pysimdjson, which parses numbers fastest, is not used on later versions (see pyproject.toml).
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ARG EXTRAS=html,images,yaml
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY src src
COPY native native
# The environment gets no pip: the image runs cocoproof, and installs nothing.
RUN python -m venv --without-pip /opt/cocoproof \
    && python -m pip --python /opt/cocoproof/bin/python install ".[${EXTRAS}]"

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="cocoproof" \
      org.opencontainers.image.description="Checks COCO JSON files" \
      org.opencontainers.image.source="https://github.com/cocoproof/cocoproof" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/cocoproof /opt/cocoproof
# /tmp is the home of any user id that is given with --user.
ENV PATH=/opt/cocoproof/bin:$PATH HOME=/tmp
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["cocoproof"]
CMD ["--help"]
