-- The queries of the embedded store, by name. `visible` is the scope, rendered once (query `scope`).

-- name: scope
CREATE TEMP TABLE IF NOT EXISTS sight (did INTEGER PRIMARY KEY, cur INTEGER, level INTEGER);
CREATE TEMP TABLE IF NOT EXISTS override (nid INTEGER PRIMARY KEY, level INTEGER);
CREATE TEMP TABLE IF NOT EXISTS mutual (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS hitable (did INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS unhit (nid INTEGER PRIMARY KEY);
CREATE TEMP VIEW IF NOT EXISTS visible AS
  SELECT v.vid, v.nid, v.did, v.schema, v.mask, v.edge, coalesce(o.level, s.level) AS level
  FROM main.version v JOIN temp.sight s ON s.did = v.did AND v.born <= s.cur AND v.died > s.cur
  LEFT JOIN temp.override o ON o.nid = v.nid WHERE v.low <= coalesce(o.level, s.level);
DELETE FROM sight;
DELETE FROM override;
DELETE FROM mutual;
DELETE FROM hitable;
DELETE FROM unhit

-- name: datasets
SELECT did, owner, name, current, revision, protected, retention, title, accepted FROM dataset ORDER BY did

-- name: ledger
SELECT d.name, e.revision, e.state, e.digest, e.started, e.published, e.actor, e.report
FROM delivery e JOIN dataset d USING (did) WHERE d.owner = :owner ORDER BY e.number DESC

-- name: digests
SELECT r.id, v.digest FROM json_each(:ids) j CROSS JOIN record r ON r.id = j.value CROSS JOIN version v ON v.nid = r.nid
JOIN dataset d ON d.did = :did WHERE +v.did = :did AND +v.born <= d.current AND v.died > d.current

-- name: retire
UPDATE version SET died = :number WHERE nid IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids)))
AND +did = :did AND died = 9007199254740991 AND +born <= (SELECT current FROM dataset WHERE did = :did)

-- name: end_withdrawn
UPDATE version SET died = :number WHERE did = :did AND died = 9007199254740991
AND (SELECT current FROM dataset WHERE did = :did) = 0

-- name: current_ids
SELECT r.id, v.born, v.vid FROM version v JOIN record r USING (nid) JOIN dataset d USING (did)
WHERE v.did = :did AND v.died = 9007199254740991 AND v.born <= d.current AND (v.born, v.vid) > (:born, :vid)
ORDER BY v.born, v.vid LIMIT 5000

-- name: last_numbers
SELECT (SELECT coalesce(max(vid), 0) FROM version), (SELECT coalesce(max(wid), 0) FROM words)

-- name: known_record
SELECT id, nid FROM record WHERE id IN (SELECT value FROM json_each(?))

-- name: known_identifier
SELECT id, iid FROM identifier WHERE id IN (SELECT value FROM json_each(?))

-- name: last_record
SELECT coalesce(max(nid), 0) FROM record

-- name: last_identifier
SELECT coalesce(max(iid), 0) FROM identifier

-- name: put_record
INSERT INTO record VALUES (?, ?)

-- name: put_identifier
INSERT INTO identifier VALUES (?, ?, ?, ?)

-- name: put_version
INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: put_pack
INSERT INTO pack VALUES (?, ?, ?)

-- name: put_link
INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: put_carries
INSERT OR IGNORE INTO carries VALUES (?, ?, ?, ?)

-- name: put_words
INSERT INTO words VALUES (?, ?, ?)

-- name: put_fulltext
INSERT INTO fulltext (rowid, text) VALUES (?, ?)

-- name: drafts
SELECT d.did, e.number, d.name FROM delivery e JOIN dataset d USING (did)
WHERE e.state = 'draft' AND d.owner = :owner ORDER BY e.number

-- name: rejects
SELECT rowid, body FROM reject WHERE number = (SELECT max(number) FROM delivery WHERE did = :did
AND state IN ('current', 'draft')) AND rowid > :last ORDER BY rowid LIMIT 1000

-- name: deliveries
SELECT number, revision, state FROM delivery WHERE did = :did ORDER BY number

-- name: differing
SELECT r.id, a.vid IS NOT NULL, b.vid IS NOT NULL FROM (SELECT DISTINCT nid FROM version WHERE did = :did
AND ((born > min(:before, :after) AND born <= max(:before, :after))
OR (died > min(:before, :after) AND died <= max(:before, :after)))) t JOIN record r ON r.nid = t.nid
LEFT JOIN version a ON a.nid = t.nid AND a.did = :did AND a.born <= :before AND a.died > :before
LEFT JOIN version b ON b.nid = t.nid AND b.did = :did AND b.born <= :after AND b.died > :after
WHERE a.digest IS NOT b.digest AND r.id > :last ORDER BY r.id LIMIT 5000

-- name: make_current
UPDATE dataset SET current = :number, revision = :revision, protected = max(:protected, protected * :keep),
accepted = :accepted, retention = :retention, title = :title, manifest = :manifest WHERE did = :did

-- name: fetch
SELECT r.id, v.did, v.schema, v.mask, v.level, p.payload FROM record r JOIN visible v ON v.nid = r.nid
LEFT JOIN pack p ON p.vid = v.vid AND p.level <= v.level
WHERE r.nid IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids))) ORDER BY r.id, p.level

-- name: scan
SELECT x.id, x.did, x.schema, x.mask, x.level, p.payload FROM (
  SELECT r.id AS id, v.did AS did, v.schema AS schema, v.mask AS mask, v.level AS level, v.vid AS vid
  FROM record r JOIN visible v ON v.nid = r.nid WHERE r.id > :last
  AND (:any OR v.schema IN (SELECT value FROM json_each(:schemata))) ORDER BY r.id LIMIT :chunk) x
LEFT JOIN pack p ON p.vid = x.vid AND p.level <= x.level ORDER BY x.id, p.level

-- name: find
SELECT r.id, f.text FROM fulltext f JOIN words w ON w.wid = f.rowid JOIN visible v ON v.vid = w.vid
JOIN record r ON r.nid = v.nid WHERE fulltext MATCH :query AND w.level <= v.level
AND (:any OR v.schema IN (SELECT value FROM json_each(:schemata))) AND NOT EXISTS
(SELECT 1 FROM words u WHERE u.vid = w.vid AND u.level > w.level AND u.level <= v.level) ORDER BY r.id

-- name: nodes
SELECT r.id, v.did, v.schema, CASE WHEN v.level = 5 THEN '' ELSE v.mask END FROM visible v
JOIN record r ON r.nid = v.nid WHERE v.edge = 0 ORDER BY r.id

-- name: links
SELECT rv.id, v.did, l.relation, v.schema, l.prop, ra.id, rb.id, l.directed, l.start, l.finish, l.label, l.origin
FROM link l JOIN visible v ON v.vid = l.vid JOIN visible a ON a.nid = l.source JOIN visible b ON b.nid = l.target
JOIN record rv ON rv.nid = v.nid JOIN record ra ON ra.nid = l.source JOIN record rb ON rb.nid = l.target
WHERE l.level <= v.level AND (v.schema = 'CaseRole' OR ((a.mask = '' OR a.level = 5) AND (b.mask = '' OR b.level = 5)))

-- name: links_of
{links} AND l.source IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids))) UNION
{links} AND l.target IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids)))

-- name: carried
SELECT r.id, i.id, i.kind, i.value, c.prop FROM carries c JOIN visible v ON v.vid = c.vid AND c.level <= v.level
JOIN record r ON r.nid = v.nid JOIN identifier i ON i.iid = c.iid

-- name: carried_by
{carried} WHERE v.nid IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids)))

-- name: carriers
{carried} WHERE c.iid IN (SELECT iid FROM identifier WHERE id IN (SELECT value FROM json_each(:ids)))

-- name: all_carried
{carried} WHERE c.iid IN (SELECT c.iid FROM carries c JOIN visible v ON v.vid = c.vid AND c.level <= v.level
GROUP BY 1 HAVING count(*) > 1)

-- name: pairs
SELECT ra.id, rb.id, p.score, p.state, p.reasons FROM pair p JOIN visible x ON x.nid = p.a JOIN visible y ON y.nid = p.b
JOIN record ra ON ra.nid = p.a JOIN record rb ON rb.nid = p.b
WHERE (x.mask = '' OR x.level = 5) AND (y.mask = '' OR y.level = 5)
AND (p.state = 'automatic' OR :all OR EXISTS (SELECT 1 FROM temp.mutual m WHERE m.a = x.did AND m.b = y.did))

-- name: pairs_of
{pairs} AND p.a IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids))) UNION
{pairs} AND p.b IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids)))

-- name: opinions
SELECT ra.id, rb.id, o.agency, o.verdict FROM opinion o JOIN visible x ON x.nid = o.a JOIN visible y ON y.nid = o.b
JOIN record ra ON ra.nid = o.a JOIN record rb ON rb.nid = o.b
WHERE (x.mask = '' OR x.level = 5) AND (y.mask = '' OR y.level = 5) AND o.agency IN (:viewer, '*')

-- name: opinions_of
{opinions} AND o.a IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids))) UNION
{opinions} AND o.b IN (SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids)))

-- name: fresh_pairs
CREATE TEMP TABLE freshpair AS SELECT x.nid AS a, y.nid AS b, f.score, f.state, f.reasons
FROM temp.fresh f JOIN record x ON x.id = f.a JOIN record y ON y.id = f.b

-- name: drop_pairs
DELETE FROM pair WHERE NOT EXISTS (SELECT 1 FROM temp.freshpair f WHERE f.a = pair.a AND f.b = pair.b)

-- name: put_pairs
INSERT INTO pair SELECT a, b, score, state, reasons, :model FROM temp.freshpair WHERE true
ON CONFLICT (a, b) DO UPDATE SET score=excluded.score, state=excluded.state, reasons=excluded.reasons,
model=excluded.model WHERE (score, state, reasons, model) IS NOT
(excluded.score, excluded.state, excluded.reasons, excluded.model)

-- name: judgement
SELECT j.number, ra.id, rb.id, j.verdict, j.agency, j.actor, j.at, j.score, j.model, j.retracted
FROM judgement j JOIN record ra ON ra.nid = j.a JOIN record rb ON rb.nid = j.b

-- name: judgements
{judgement} WHERE ra.id = :left AND rb.id = :right ORDER BY 1

-- name: judgement_by_number
{judgement} WHERE j.number = :number

-- name: standing
{judgement} WHERE j.agency = :agency AND j.retracted = '' ORDER BY 1 DESC

-- name: owners
SELECT r.id, d.owner FROM record r JOIN version v USING (nid) JOIN dataset d USING (did)
WHERE r.id IN (SELECT value FROM json_each(:ids))

-- name: hits
WITH mine AS (
  SELECT m.nid, m.vid FROM visible m JOIN dataset d ON d.did = m.did
  WHERE d.owner = :agency AND d.accepted = 1 AND m.mask = ''),
theirs AS (
  SELECT o.nid, o.vid, o.did FROM version o JOIN temp.hitable h ON h.did = o.did JOIN dataset d ON d.did = o.did
  WHERE o.born <= d.current AND o.died > d.current AND o.mask = '' AND o.nid NOT IN (SELECT nid FROM temp.unhit))
SELECT r.id, t.did, i.kind FROM mine m JOIN record r ON r.nid = m.nid JOIN carries c ON c.vid = m.vid
JOIN identifier i ON i.iid = c.iid JOIN carries x ON x.iid = c.iid JOIN theirs t ON t.vid = x.vid
UNION SELECT r.id, t.did, 'identity' FROM mine m JOIN record r ON r.nid = m.nid JOIN pair p ON p.a = m.nid JOIN theirs t ON t.nid = p.b
UNION SELECT r.id, t.did, 'identity' FROM mine m JOIN record r ON r.nid = m.nid JOIN pair p ON p.b = m.nid JOIN theirs t ON t.nid = p.a
ORDER BY 1, 2, 3

-- name: put_flag
INSERT INTO flag VALUES (:id, :agency, :kind, :body, :digest, :state, :at, :at) ON CONFLICT (id) DO UPDATE SET
body=excluded.body, digest=excluded.digest, state=excluded.state, last_seen=excluded.last_seen

-- name: flags
SELECT f.id, f.agency, f.kind, f.body, f.digest, f.state, f.first_seen, f.last_seen FROM flag f
WHERE f.agency = :agency AND f.state <> 'withdrawn' AND NOT EXISTS (SELECT 1 FROM ground g WHERE g.flag = f.id AND (
  NOT EXISTS (SELECT 1 FROM visible v WHERE v.nid = g.nid AND v.level >= g.level)
  OR (g.dataset > 0 AND NOT EXISTS (SELECT 1 FROM temp.hitable h WHERE h.did = g.dataset)))) ORDER BY f.id

-- name: flag_states
SELECT id, kind, state, last_seen FROM flag WHERE agency = :agency ORDER BY id

-- name: flag_kept
SELECT kind, body, digest FROM flag WHERE agency = :agency AND id = :id

-- name: grounds
SELECT g.flag, r.id, g.level, g.dataset FROM ground g JOIN record r USING (nid)
WHERE g.flag IN (SELECT value FROM json_each(:ids)) ORDER BY 1, 2, 4

-- name: jobs
SELECT started, ended, outcome, counts FROM jobrun WHERE name = :name ORDER BY rowid DESC LIMIT :limit
