# cercafoto in a container: it keeps the archive of the photos in /foto up to date, or shows the page.
# How to use it: docs/installazione.md, «In un contenitore».
FROM python:3.13-slim AS build
# hnswlib is compiled, for any processor and not only for this one.
RUN apt-get update && apt-get install --yes --no-install-recommends g++
ENV HNSWLIB_NO_NATIVE=1
ARG EXTRAS=condiviso,grafo,raw
WORKDIR /src
COPY pyproject.toml setup.py README.md LICENSE ./
COPY training training
COPY cercafoto cercafoto
RUN python -m venv /opt/cercafoto
RUN /opt/cercafoto/bin/pip install --no-cache-dir ".[${EXTRAS}]"

FROM python:3.13-slim
COPY --from=build /opt/cercafoto /opt/cercafoto
# Archive, models, small copies and the person's key lie in the home, which is a volume. Whatever
# user the container runs as may write there.
RUN install --directory --owner=1000 --group=1000 --mode=0777 /archivio /foto
ENV HOME=/archivio PATH=/opt/cercafoto/bin:$PATH
USER 1000:1000
VOLUME ["/archivio", "/foto"]
WORKDIR /foto
EXPOSE 8420
ENTRYPOINT ["cercafoto"]
CMD ["index", "--osserva", "/foto"]
