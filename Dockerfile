# The image of the worker and of its set-up job.
#
#     docker build .                          on the CPU
#     docker build --build-arg EXTRA=gpu .    on an NVIDIA GPU
#
# Both stand on the same slim Python image. For the GPU the CUDA libraries come as wheels, through the extras of
# onnxruntime-gpu, and not from an nvidia/cuda base: the extras of a release name the CUDA and cuDNN versions that this
# release was built for (CUDA 12 up to one release, 13 after it), so the two cannot drift apart, and no second Python
# has to be installed. The driver is the host's; the NVIDIA container toolkit mounts it.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
ARG EXTRA=cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY deploy/locks deploy/locks
# First what changes seldom, in a layer that a change of our code does not throw away. Exact versions, each with the
# hashes of its wheels: deploy/locks/make writes them. Wheels only, so nothing is compiled. What builds and lists the
# packages stays in an environment of its own, and does not reach the image.
RUN --mount=type=cache,target=/root/.cache/pip \
    test -f "deploy/locks/$EXTRA.txt" || { echo "EXTRA is '$EXTRA'; it must be cpu or gpu" >&2; exit 1; } \
    && python -m venv /opt/build && python -m venv /opt/venv \
    && /opt/build/bin/pip install --require-hashes --only-binary :all: -r deploy/locks/build.txt \
    && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r "deploy/locks/$EXTRA.txt"

# Then the project itself; the model is part of the package `models`. The list of all that is inside (CycloneDX) is
# /opt/venv/sbom.json. pip is not needed any more; what cannot be run cannot be misused.
COPY pyproject.toml README.md LICENSE ./
COPY models models
COPY stream stream
COPY dashboards dashboards
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/venv/bin/pip install --no-deps --no-index /wheels/*.whl \
    && /opt/venv/bin/pip check \
    && /opt/venv/bin/pip uninstall --yes pip \
    && /opt/build/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
        --output-file /opt/venv/sbom.json /opt/venv/bin/python

FROM ${BASE}
LABEL org.opencontainers.image.title="Bellwether" \
      org.opencontainers.image.description="A real-time monitor of financial sentiment" \
      org.opencontainers.image.licenses="MIT"
# A fixed number, so that the owner of a mounted file can be named from outside.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin bellwether
COPY --from=build /opt/venv /opt/venv
# ONNX Runtime loads CUDA by name; the wheels keep the libraries where the loader does not look. Nothing on the CPU.
RUN find /opt/venv -type d -path '*/site-packages/nvidia/*/lib' > /etc/ld.so.conf.d/nvidia-wheels.conf \
    && ldconfig
# Faust wants a folder for its state, which is empty here: all state is in Kafka, Redis and Postgres.
WORKDIR /tmp
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 9464
ENTRYPOINT ["bellwether"]
CMD ["worker"]
