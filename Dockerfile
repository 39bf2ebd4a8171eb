# The image of server and workers (deploy/compose.yaml). It holds the library, the flows and nothing
# that people made: recordings, outputs and weights come as volumes. Building it needs a package
# index; running it needs no network but the one between its own containers.
ARG PYTHON=docker.io/library/python:3.11-slim-bookworm
FROM ${PYTHON}

# The index that holds torch for processors without a GPU; empty: the default one.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# Whoever owns the shared folders outside, so that files written in here belong to the same person.
ARG UID=1000
ARG GID=1000

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/venv/bin:$PATH

RUN groupadd --gid ${GID} fgd && useradd --uid ${UID} --gid ${GID} --create-home fgd \
    && python3 -m venv /opt/venv

WORKDIR /srv/fgd
# torch by itself: its own index has no say in the versions of anything else.
COPY constraints.txt ./
RUN pip install --no-deps --constraint constraints.txt \
    ${TORCH_INDEX:+--index-url ${TORCH_INDEX}} torch
# What changes seldom before what changes often.
COPY pyproject.toml README.md LICENSE ./
COPY fgd/__init__.py fgd/
RUN pip install --constraint constraints.txt --editable .
COPY prefect.toml prefect.yaml ./
COPY fgd fgd
COPY flows flows
COPY deploy deploy
RUN python3 -m compileall -q fgd flows && mkdir /project /cache && chown fgd:fgd /project /cache

USER fgd
CMD ["fgd", "doctor"]
