# The dashboard, the job runner and the command line, in one image. Build: docker compose build
FROM python:3.11.14-slim-bookworm AS build
# PyICU comes as source and is compiled here; the final image carries the ICU library only
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ libicu-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_CONSTRAINT=/src/constraints.txt PIP_BUILD_CONSTRAINT=/src/constraints.txt
WORKDIR /src
RUN python -m venv /opt/vinculo
COPY . .
RUN /opt/vinculo/bin/pip install . && /opt/vinculo/bin/pip check

FROM python:3.11.14-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libicu72 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin vinculo \
 && install -d -o vinculo -g vinculo -m 0700 /data
COPY --from=build /opt/vinculo /opt/vinculo
COPY --from=build /src/deploy/jobs-health /usr/local/bin/jobs-health
# /data is all that is ever written: the embedded store where one is used, and the logs of looks and changes
ENV PATH=/opt/vinculo/bin:$PATH HOME=/data XDG_DATA_HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/tmp/numba \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false
USER vinculo
WORKDIR /data
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["vinculo"]
CMD ["dashboard", "--address", "0.0.0.0", "--port", "8501"]
