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
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH

COPY pyproject.toml README.md LICENSE ./
# First what changes seldom: with no package beside pyproject.toml this installs the dependencies and an empty project,
# in a layer that a change of our code does not throw away. Wheels only: a missing one says so here, where a source
# archive would ask for a compiler. pyproject.toml bounds the versions.
# hadolint ignore=DL3013
RUN --mount=type=cache,target=/root/.cache/pip \
    case "$EXTRA" in \
        cpu) set -- '.[cpu]' ;; \
        gpu) set -- '.[gpu]' 'onnxruntime-gpu[cuda,cudnn]' ;; \
        *) echo "EXTRA is '$EXTRA'; it must be cpu or gpu" >&2; exit 1 ;; \
    esac \
    && pip install --only-binary :all: "$@"

# Then the project itself; the model is part of the package `models`.
COPY models models
COPY stream stream
COPY dashboards dashboards
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps --force-reinstall . \
    && pip check

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
