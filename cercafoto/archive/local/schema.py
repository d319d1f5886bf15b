"""The tables of a new catalogue, in SQL. `tables.py` declares what becomes of their rows.

Paths are bytes, because some file names are not valid text.
"""

from __future__ import annotations

# own_folders: folders, and photos that were indexed alone, that the person named on this computer;
# see `own_folders.py`. They have a table, since the person may name a folder inside an indexed one,
# and damage to a seal must not cost the indexed folder.
#
# taken_at of photos: local time, ISO 8601, or a day. hour: NULL if only the day is known. shape:
# "verticale", "orizzontale", "quadrato". monochrome of contents: whether they are without colour.
# The metadata columns of a photo combine the metadata of its content, its sidecar, its name and its
# folders; facts_version is NULL while they are not known.
#
# Each index of photos has all columns that filters use together, so that the rows, which are long
# because of their paths, need not be read. Only visible photos are ever filtered.
_PHOTOS = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT, checksum INTEGER);
CREATE TABLE models(
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, name TEXT NOT NULL, version TEXT,
    dimension INTEGER NOT NULL, added_at TEXT, checksum INTEGER
);
CREATE TABLE roots(
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, added_at TEXT,
    follow_links INTEGER NOT NULL DEFAULT 0, checksum INTEGER
);
CREATE TABLE own_folders(
    path BLOB PRIMARY KEY, follow_links INTEGER NOT NULL, seal BLOB NOT NULL, checksum INTEGER
);
CREATE TABLE exclusions(
    folder BLOB NOT NULL, pattern TEXT NOT NULL, PRIMARY KEY(folder, pattern)
);
CREATE TABLE contents(
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, width INTEGER, height INTEGER,
    orientation INTEGER, facts TEXT, facts_version INTEGER, monochrome INTEGER, checksum INTEGER
);
CREATE TABLE places(
    id INTEGER PRIMARY KEY, comune TEXT NOT NULL, provincia TEXT NOT NULL, regione TEXT NOT NULL,
    paese TEXT NOT NULL, checksum INTEGER, UNIQUE(paese, regione, provincia, comune)
);
CREATE TABLE cameras(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, folded TEXT, checksum INTEGER
);
CREATE TABLE lenses(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, folded TEXT, checksum INTEGER
);
CREATE TABLE photos(
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, content_id INTEGER REFERENCES contents(id), state TEXT NOT NULL,
    problem TEXT, seen_at TEXT, sidecar_size INTEGER, sidecar_mtime_ns INTEGER, sidecar_facts TEXT,
    taken_at TEXT, date_source TEXT, hour INTEGER, latitude REAL, longitude REAL,
    place_id INTEGER REFERENCES places(id), camera_id INTEGER REFERENCES cameras(id),
    lens_id INTEGER REFERENCES lenses(id), focal INTEGER, format TEXT, shape TEXT, rating INTEGER,
    facts_version INTEGER, checksum INTEGER
);
CREATE INDEX photos_taken_at ON photos(taken_at, place_id, date_source, content_id)
    WHERE state = 'ok';
CREATE INDEX photos_undated ON photos(mtime_ns) WHERE state = 'ok' AND taken_at IS NULL;
CREATE INDEX photos_position ON photos(latitude, longitude, content_id)
    WHERE state = 'ok' AND latitude IS NOT NULL;
CREATE INDEX photos_place ON photos(place_id, content_id)
    WHERE state = 'ok' AND place_id IS NOT NULL;
CREATE INDEX photos_camera ON photos(camera_id, content_id)
    WHERE state = 'ok' AND camera_id IS NOT NULL;
CREATE INDEX photos_lens_id ON photos(lens_id, content_id)
    WHERE state = 'ok' AND lens_id IS NOT NULL;
CREATE INDEX photos_focal ON photos(focal, content_id) WHERE state = 'ok' AND focal IS NOT NULL;
CREATE INDEX photos_rating ON photos(rating, content_id) WHERE state = 'ok' AND rating > 0;
CREATE INDEX photos_kind ON photos(format, shape, hour, content_id) WHERE state = 'ok';
CREATE INDEX photos_content ON photos(content_id, state);
CREATE INDEX photos_facts_version ON photos(facts_version, content_id);
CREATE INDEX photos_hidden ON photos(state) WHERE state <> 'ok';
-- Few contents are without colour: the filter for colour excludes these.
CREATE INDEX contents_monochrome ON contents(monochrome) WHERE monochrome IS NOT 0
"""

# Words are stemmed and folded before they are stored; rowid is the photo's id. left, top, width and
# height of people: the face, as shares of the upright picture; NULL if only the name is known.
_WORDS_OF_PHOTOS = """
CREATE TABLE keywords(
    keyword TEXT NOT NULL, photo_id INTEGER NOT NULL, PRIMARY KEY(keyword, photo_id)
) WITHOUT ROWID;
CREATE INDEX keywords_photo ON keywords(photo_id);
CREATE VIRTUAL TABLE words USING fts5(
    keywords, title, description, names, tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TABLE people(
    id INTEGER PRIMARY KEY, photo_id INTEGER NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL,
    left REAL, top REAL, width REAL, height REAL, checksum INTEGER
);
CREATE UNIQUE INDEX people_folded ON people(folded, photo_id);
CREATE INDEX people_photo ON people(photo_id, folded)
"""
_PHOTO_DELETED = """
CREATE TRIGGER photos_deleted AFTER DELETE ON photos BEGIN
    DELETE FROM keywords WHERE photo_id = old.id;
    DELETE FROM words WHERE rowid = old.id;
    DELETE FROM people WHERE photo_id = old.id;
END
"""

# moments are frames of videos. Each frame is a content with a vector but no photo; the first frame
# of a video is the video's own content. Times are in milliseconds. looks: how many frames of the
# video show the same scene.
#
# things: the edition of the classes, how many persons, how present each class is, and boxes; see
# `queries/things.py`.
#
# unread: contents that a sense could not read, and why.
_SEEN = """
CREATE TABLE vectors(
    id INTEGER PRIMARY KEY, content_id INTEGER NOT NULL REFERENCES contents(id),
    model_id INTEGER NOT NULL REFERENCES models(id), vector BLOB NOT NULL, checksum INTEGER,
    UNIQUE(content_id, model_id)
);
-- Every search looks up the last vector of its model. Without this index, while a switch to another
-- model is in progress, it reads all vectors of the new model (45 ms for 90,000).
CREATE INDEX vectors_model ON vectors(model_id);
CREATE TABLE moments(
    content_id INTEGER PRIMARY KEY REFERENCES contents(id),
    video_id INTEGER NOT NULL REFERENCES contents(id), start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL, looks INTEGER NOT NULL, checksum INTEGER
);
CREATE INDEX moments_video ON moments(video_id);
CREATE TABLE things(
    content_id INTEGER PRIMARY KEY REFERENCES contents(id), edition TEXT NOT NULL,
    people INTEGER NOT NULL, presence BLOB NOT NULL, boxes BLOB NOT NULL, checksum INTEGER
);
-- Tells which contents have results of an edition, without reading the rows.
CREATE INDEX things_edition ON things(edition);
CREATE TABLE unread(
    content_id INTEGER NOT NULL REFERENCES contents(id), sense TEXT NOT NULL, reason TEXT NOT NULL,
    checksum INTEGER, PRIMARY KEY(content_id, sense)
)
"""

# texts: lines, and their boxes and confidences packed (see `texts.BOX`); both NULL if there is no
# text. Of the two full-text indexes one has stems, the other trigrams of letters (see
# `base/look_alike.py`). They hold no copy of the text, which would make them three times as large;
# rowid is the content's id; columnsize would only serve ranking, which is not used.
_TEXTS = """
CREATE TABLE text_engines(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, checksum INTEGER);
CREATE TABLE texts(
    content_id INTEGER PRIMARY KEY REFERENCES contents(id),
    engine_id INTEGER NOT NULL REFERENCES text_engines(id), turned INTEGER NOT NULL DEFAULT 0,
    lines TEXT, boxes BLOB, checksum INTEGER
);
-- Most photos have no text. This index tells whether any has, and how many.
CREATE INDEX texts_bearing ON texts(content_id) WHERE lines IS NOT NULL;
CREATE VIRTUAL TABLE read_words USING fts5(
    stems, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 0'
);
CREATE VIRTUAL TABLE read_letters USING fts5(
    letters, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
)
"""

# stale_labels: label files that must be applied again to edited contents. label_actions: actions on
# labels that can be undone, and label_changes: the changes of each; see `label_history.py`. `first`
# is the id of the action's first change, if there is one.
_LABELS = """
CREATE TABLE tags(
    content_id INTEGER NOT NULL REFERENCES contents(id), label TEXT NOT NULL, score REAL,
    confidence REAL, label_file TEXT NOT NULL, model_id INTEGER REFERENCES models(id),
    tagged_at TEXT, checksum INTEGER, PRIMARY KEY(content_id, label, label_file)
);
CREATE INDEX tags_label ON tags(label);
CREATE TABLE stale_labels(
    content_id INTEGER NOT NULL REFERENCES contents(id), label_file TEXT NOT NULL,
    PRIMARY KEY(content_id, label_file)
);
CREATE TABLE label_actions(
    id INTEGER PRIMARY KEY, what TEXT NOT NULL, first INTEGER NOT NULL, checksum INTEGER
);
CREATE TABLE label_changes(
    id INTEGER PRIMARY KEY, action INTEGER NOT NULL, content_id INTEGER NOT NULL,
    label TEXT NOT NULL, label_file TEXT NOT NULL, score REAL, confidence REAL, model_id INTEGER,
    tagged_at TEXT, checksum INTEGER
);
CREATE UNIQUE INDEX label_changes_content
    ON label_changes(content_id, action, label, label_file);
CREATE INDEX label_changes_action ON label_changes(action)
"""

# collection_photos: choices made by hand. collection_files: files in the folder of collections; see
# `stored_collections.py`.
_COLLECTIONS_AND_RUNS = """
CREATE TABLE collections(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, question TEXT NOT NULL,
    made_at TEXT NOT NULL, looked_at TEXT NOT NULL, min_confidence REAL NOT NULL, checksum INTEGER
);
CREATE TABLE collection_photos(
    collection_id INTEGER NOT NULL, digest BLOB NOT NULL, said TEXT NOT NULL,
    PRIMARY KEY(collection_id, said, digest)
);
CREATE TABLE collection_files(
    path BLOB NOT NULL, kind TEXT NOT NULL, mark BLOB NOT NULL, seal BLOB, checksum INTEGER,
    PRIMARY KEY(path, kind, mark)
);
CREATE TABLE runs(
    id INTEGER PRIMARY KEY, kind TEXT, model_id INTEGER, started_at TEXT, ended_at TEXT,
    outcome TEXT, photos INTEGER, checksum INTEGER
)
"""
STATEMENTS = (
    *";".join((_PHOTOS, _WORDS_OF_PHOTOS, _SEEN, _TEXTS, _LABELS, _COLLECTIONS_AND_RUNS)).split(
        ";"
    ),
    _PHOTO_DELETED,
)
