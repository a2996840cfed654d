// The queries of the Neo4j store, by name. Macros (graph/store/neo4j_rows.py) are the scope, rendered in one place:
// @seen(x) says whether the version, link or carried number x is read by the scope; @version(r) is the version of
// record r that is read, null for none; @level(v) is the level v is read at; @clear(v) that v is not masked there;
// @alive(x, list) that x belongs to the delivery that `list` names for its dataset; @living(r) is r's version without end.

// name: constraints
CREATE CONSTRAINT record_id IF NOT EXISTS FOR (r:Record) REQUIRE r.id IS UNIQUE;
CREATE CONSTRAINT identifier_id IF NOT EXISTS FOR (i:Identifier) REQUIRE i.id IS UNIQUE;
CREATE CONSTRAINT dataset_number IF NOT EXISTS FOR (d:Dataset) REQUIRE d.number IS UNIQUE;
CREATE CONSTRAINT dataset_name IF NOT EXISTS FOR (d:Dataset) REQUIRE (d.owner, d.name) IS UNIQUE;
CREATE CONSTRAINT delivery_number IF NOT EXISTS FOR (e:Delivery) REQUIRE e.number IS UNIQUE;
CREATE CONSTRAINT agency_code IF NOT EXISTS FOR (a:Agency) REQUIRE a.code IS UNIQUE;
CREATE CONSTRAINT actor_id IF NOT EXISTS FOR (a:Actor) REQUIRE a.id IS UNIQUE;
CREATE CONSTRAINT team_id IF NOT EXISTS FOR (t:Team) REQUIRE t.id IS UNIQUE;
CREATE CONSTRAINT judgement_number IF NOT EXISTS FOR (j:Judgement) REQUIRE j.number IS UNIQUE;
CREATE CONSTRAINT flag_id IF NOT EXISTS FOR (f:Flag) REQUIRE f.id IS UNIQUE;
CREATE CONSTRAINT lock_name IF NOT EXISTS FOR (k:JobLock) REQUIRE k.name IS UNIQUE;
CREATE CONSTRAINT counter_name IF NOT EXISTS FOR (c:Counter) REQUIRE c.name IS UNIQUE;
CREATE CONSTRAINT kept_key IF NOT EXISTS FOR (k:Kept) REQUIRE (k.kind, k.key) IS UNIQUE;
CREATE CONSTRAINT meta_key IF NOT EXISTS FOR (m:Meta) REQUIRE m.key IS UNIQUE;
CREATE INDEX record_dataset IF NOT EXISTS FOR (r:Record) ON (r.did, r.id);
CREATE INDEX record_born IF NOT EXISTS FOR (r:Record) ON (r.born);
CREATE INDEX record_died IF NOT EXISTS FOR (r:Record) ON (r.died);
CREATE INDEX version_born IF NOT EXISTS FOR (v:Version) ON (v.born);
CREATE INDEX version_died IF NOT EXISTS FOR (v:Version) ON (v.died);
CREATE INDEX grant_dataset IF NOT EXISTS FOR (g:Grant) ON (g.did);
CREATE INDEX reject_number IF NOT EXISTS FOR (r:Reject) ON (r.number);
CREATE INDEX judgement_pair IF NOT EXISTS FOR (j:Judgement) ON (j.left, j.right);
CREATE INDEX flag_agency IF NOT EXISTS FOR (f:Flag) ON (f.agency);
CREATE INDEX job_name IF NOT EXISTS FOR (j:JobRun) ON (j.name);
CREATE INDEX same_born IF NOT EXISTS FOR ()-[p:SAME_AS]-() ON (p.born);
CREATE INDEX same_died IF NOT EXISTS FOR ()-[p:SAME_AS]-() ON (p.died);
CREATE INDEX possibly_born IF NOT EXISTS FOR ()-[p:POSSIBLY_SAME]-() ON (p.born);
CREATE INDEX possibly_died IF NOT EXISTS FOR ()-[p:POSSIBLY_SAME]-() ON (p.died);
CREATE FULLTEXT INDEX record_words IF NOT EXISTS FOR (n:Record|Version) ON EACH [n.w2, n.w3, n.w4, n.w5]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace', `fulltext.eventually_consistent`: false}}

// name: link_index
CREATE INDEX `link_@type` IF NOT EXISTS FOR ()-[k:@type]-() ON (k.id)

// name: found
UNWIND $rows AS row MERGE (m:Meta {key: row[0]}) ON CREATE SET m.value = row[1]

// name: await_indexes
CALL db.awaitIndexes(120)

// name: gate
MERGE (g:Counter {name: 'gate'}) SET g.value = coalesce(g.value, 0) + 1

// name: next
MERGE (c:Counter {name: $name}) SET c.value = coalesce(c.value, 0) + $step RETURN c.value

// name: changed
MATCH (m:Meta {key: 'version'}) SET m.value = toString(toInteger(m.value) + 1)

// name: meta
MATCH (m:Meta {key: $key}) RETURN m.value

// name: set_meta
MERGE (m:Meta {key: $key}) SET m.value = $value

// name: agencies
MATCH (a:Agency) WHERE a.body IS NOT NULL RETURN a.body ORDER BY a.code

// name: actors
MATCH (a:Actor) RETURN a.id, a.agency, a.roles ORDER BY a.id

// name: teams
MATCH (t:Team) RETURN t.body ORDER BY t.id

// name: standing_terms
RETURN COLLECT { MATCH (t:Team) RETURN t.body ORDER BY t.id }, COLLECT { MATCH (k:Kept {kind: 'lift'})
RETURN k.body ORDER BY k.key }, COLLECT { MATCH (a:Agency) WHERE a.body IS NOT NULL RETURN a.code }, COLLECT { MATCH (k:Kept {kind: 'lock'}) RETURN k.key }

// name: put_agencies
UNWIND $rows AS row MERGE (a:Agency {code: row.code}) SET a = row

// name: put_actors
UNWIND $rows AS row MERGE (a:Actor {id: row.id}) SET a = row
MERGE (s:Agency {code: row.agency})
WITH a, s CALL (a) { OPTIONAL MATCH (a)-[w:WORKS_FOR]->() DELETE w } MERGE (a)-[:WORKS_FOR]->(s)

// name: put_teams
UNWIND $rows AS row MERGE (t:Team {id: row.id}) SET t.body = row.body, t.purpose = row.purpose
WITH t, row CALL (t) { OPTIONAL MATCH ()-[m:MEMBER_OF]->(t) DELETE m }
UNWIND row.members AS code MERGE (a:Agency {code: code}) MERGE (a)-[:MEMBER_OF]->(t)

// name: datasets
MATCH (d:Dataset) OPTIONAL MATCH (a:Agency {code: d.owner}) RETURN d.number, d.owner, d.name, a.country, d.terms
ORDER BY d.number

// name: terms
MATCH (d:Dataset {number: $did}) RETURN d.terms

// name: put_terms
MATCH (d:Dataset {number: $did}) SET d.terms = $terms, d += $fields

// name: drop_grants
MATCH (g:Grant {did: $did}) DETACH DELETE g

// name: put_grants
MATCH (d:Dataset {number: $did}) UNWIND $rows AS row CREATE (g:Grant) SET g = row CREATE (d)-[:RELEASED]->(g)

// name: manifest
MATCH (d:Dataset {number: $did}) RETURN d.manifest

// name: ledger
MATCH (d:Dataset {owner: $owner})-[:RECEIVED]->(e:Delivery)
RETURN d.name, e.revision, e.state, e.digest, e.started, e.published, e.actor, e.report ORDER BY e.number DESC

// name: withdraw
MATCH (:Dataset {number: $did})-[:RECEIVED]->(e:Delivery {state: 'current'}) SET e.state = 'withdrawn'

// name: dataset
MATCH (d:Dataset {owner: $owner, name: $name}) RETURN d.number, d.revision, d.current

// name: put_dataset
CREATE (d:Dataset {number: $number, owner: $owner, name: $name, current: 0, revision: 0, manifest: '', terms: '{}'})
MERGE (a:Agency {code: $owner}) CREATE (a)-[:OWNS]->(d)

// name: busy
MATCH (:Dataset {number: $did})-[:RECEIVED]->(e:Delivery) WHERE e.state IN ['loading', 'draft']
RETURN e.state, e.started LIMIT 1

// name: put_delivery
MATCH (d:Dataset {number: $did}) CREATE (d)-[:RECEIVED]->(e:Delivery {number: $number, did: $did, revision: $revision,
state: 'loading', holder: $holder, started: $now, published: '', actor: '', digest: '', manifest: '', report: '',
protected: false, rejects: 0})

// name: loading
MATCH (e:Delivery {state: 'loading'}) RETURN e.did, e.number, e.holder

// name: drafts
MATCH (d:Dataset {owner: $owner})-[:RECEIVED]->(e:Delivery {state: 'draft'}) RETURN d.number, e.number, d.name
ORDER BY e.number

// name: draft
MATCH (e:Delivery {number: $number}) RETURN e.manifest, e.report, e.protected

// name: deliveries
MATCH (:Dataset {number: $did})-[:RECEIVED]->(e:Delivery) RETURN e.number, e.revision, e.state ORDER BY e.number

// name: differing
MATCH (r:Record) WHERE r.did = $did AND r.id > $last
WITH r.id AS id, CASE WHEN r.born <= $before AND r.died > $before THEN r.digest
WHEN r.later THEN head([(r)-[:LATER]->(v) WHERE v.born <= $before AND v.died > $before | v.digest]) END AS a,
CASE WHEN r.born <= $after AND r.died > $after THEN r.digest
WHEN r.later THEN head([(r)-[:LATER]->(v) WHERE v.born <= $after AND v.died > $after | v.digest]) END AS b
WHERE coalesce(a, '') <> coalesce(b, '') RETURN id, a IS NOT NULL, b IS NOT NULL ORDER BY id LIMIT 5000

// name: publish
MATCH (e:Delivery {number: $number}) SET e += $fields

// name: make_current
MATCH (d:Dataset {number: $did}) SET d.manifest = $manifest
WITH d MATCH (d)-[:RECEIVED]->(e:Delivery {state: 'current'}) WHERE e.number <> $number SET e.state = 'superseded'

// name: put_rejects
MATCH (e:Delivery {number: $number}) WITH e, coalesce(e.rejects, 0) AS before SET e.rejects = before + size($bodies)
WITH e, before UNWIND range(0, size($bodies) - 1) AS i
CREATE (e)-[:REFUSED]->(:Reject {number: $number, n: before + i, body: $bodies[i]})

// name: rejects
MATCH (e:Delivery {did: $did}) WHERE e.state IN ['current', 'draft'] WITH max(e.number) AS number
MATCH (r:Reject {number: number}) WHERE r.n > $last RETURN r.n, r.body ORDER BY r.n LIMIT 5000

// name: known
UNWIND $ids AS id MATCH (r:Record {id: id}) WHERE r.born IS NOT NULL
CALL (r) { OPTIONAL MATCH (r)-[:LATER]->(v) RETURN v ORDER BY v.born DESC LIMIT 1 }
WITH r, coalesce(v, r) AS n RETURN r.id, r.did, n.born, n.draws

// name: digests
MATCH (d:Dataset {number: $did}) UNWIND $ids AS id MATCH (r:Record {id: id}) WHERE r.did = $did
WITH r.id AS id, CASE WHEN r.born <= d.current AND r.died > d.current THEN r.digest
WHEN r.later THEN head([(r)-[:LATER]->(v) WHERE v.born <= d.current AND v.died > d.current | v.digest]) END AS digest
WHERE digest IS NOT NULL RETURN id, digest

// name: put_records
MATCH (d:Dataset {number: $did}) UNWIND $rows AS row MERGE (r:Record {id: row.id})
SET r = row.fields, r.dataset = d.owner + '/' + d.name, r:$(row.labels)

// name: put_versions
UNWIND $rows AS row MATCH (r:Record {id: row.id}) CREATE (r)-[:LATER]->(v:Version) SET v = row.fields
SET r.later = true, r.first = coalesce(r.first, r.caption), r.caption = row.fields.caption, r:$(row.labels)

// name: put_ends
UNWIND $ids AS id MERGE (:Record {id: id})

// name: put_links
UNWIND $rows AS row MATCH (a:Record {id: row.a}) MATCH (b:Record {id: row.b})
CREATE (a)-[k:$(row.type)]->(b) SET k = row.fields

// name: put_identifiers
UNWIND $rows AS row MERGE (i:Identifier {id: row.id}) ON CREATE SET i.kind = row.kind, i.value = row.value, i:$(row.label)

// name: put_carries
UNWIND $rows AS row MATCH (r:Record {id: row.fields.id}) MATCH (i:Identifier {id: row.to})
CREATE (r)-[c:$(row.type)]->(i) SET c = row.fields

// name: living
MATCH (d:Dataset {number: $did}) UNWIND $ids AS id MATCH (r:Record {id: id}) WHERE r.did = $did
WITH d, @living(r) AS x WHERE x.born <= d.current RETURN x.id, x.draws

// name: withdrawn
MATCH (r:Record) WHERE r.did = $did AND r.id > $last
WITH r.id AS id, @living(r) AS x WHERE x.born < $number RETURN id, x.draws ORDER BY id LIMIT 5000

// name: end_records
UNWIND $ids AS id MATCH (r:Record {id: id}) WHERE r.died = $old SET r.died = $new

// name: end_later
UNWIND $ids AS id MATCH (:Record {id: id})-[:LATER]->(v:Version) WHERE v.died = $old SET v.died = $new

// name: end_links
UNWIND $ids AS id MATCH ()-[k:@type {id: id}]->() WHERE k.died = $old SET k.died = $new

// name: end_carries
UNWIND $ids AS id MATCH (:Record {id: id})-[c:@carries]->(:Identifier) WHERE c.died = $old SET c.died = $new

// name: current_ids
MATCH (d:Dataset {number: $did}) MATCH (r:Record) WHERE r.did = $did AND r.id > $last
WITH d, r.id AS id, @living(r) AS x WHERE x.born <= d.current RETURN id ORDER BY id LIMIT 5000

// name: born
CALL () {
  MATCH (r:Record {born: $number}) RETURN r.id AS id, r.draws AS draws, [l IN labels(r) WHERE l <> 'Record'] AS labels
  UNION ALL MATCH (v:Version {born: $number}) RETURN v.id AS id, v.draws AS draws, [] AS labels
} RETURN id, draws, labels LIMIT 2000

// name: died
CALL () {
  MATCH (r:Record {died: $number}) RETURN r.id AS id, r.draws AS draws
  UNION ALL MATCH (v:Version {died: $number}) RETURN v.id AS id, v.draws AS draws
} RETURN id, draws LIMIT 2000

// name: drop_links
UNWIND $ids AS id MATCH (a)-[k:@type {id: id}]->(b) WHERE k.born = $number
WITH k, a.id AS source, b.id AS target DELETE k RETURN DISTINCT source, target

// name: drop_carries
UNWIND $ids AS id MATCH (:Record {id: id})-[c:@carries]->(i:Identifier) WHERE c.born = $number
WITH c, i.id AS id DELETE c RETURN DISTINCT id

// name: restore
UNWIND $ids AS id MATCH (r:Record {id: id})-[:LATER]->(v:Version {born: $number}) DETACH DELETE v
WITH r, [(r)-[:LATER]->(o) WHERE o.born <> $number | [o.born, o.caption, o.schema]] AS others
WITH r, others, reduce(newest = [0, r.first, ''], o IN others | CASE WHEN o[0] > newest[0] THEN o ELSE newest END) AS newest
SET r.caption = newest[1], r.later = CASE WHEN size(others) > 0 THEN true END,
r.first = CASE WHEN size(others) > 0 THEN r.first END
WITH r, ['Record', 'EdgeRecord', r.schema] + [o IN others | o[2]] AS kept
WITH r, [l IN labels(r) WHERE NOT l IN kept] AS gone REMOVE r:$(gone)

// name: strip
UNWIND $ids AS id MATCH (r:Record {id: id}) WHERE r.born = $number SET r = {id: id}

// name: unlabel
UNWIND $rows AS row MATCH (r:Record {id: row[0]}) REMOVE r:$(row[1])

// name: drop_bare
UNWIND $ids AS id MATCH (r:Record {id: id}) WHERE r.born IS NULL AND NOT EXISTS { (r)--() } DELETE r

// name: drop_identifiers
UNWIND $ids AS id MATCH (i:Identifier {id: id}) WHERE NOT EXISTS { (i)--() } DELETE i

// name: drop_rejects
MATCH (r:Reject {number: $number}) WITH r LIMIT 5000 DETACH DELETE r RETURN count(*)

// name: drop_delivery
MATCH (e:Delivery {number: $number}) DETACH DELETE e

// name: count
MATCH (:Record) RETURN count(*)

// name: raw
RETURN collect(v.id) AS c0, collect(v.did) AS c1, collect(v.schema) AS c2, collect(coalesce(v.mask, '')) AS c3,
collect(@level(v)) AS c4, collect([p IN [v.p2, CASE WHEN @level(v) > 2 THEN v.p3 END,
CASE WHEN @level(v) > 3 THEN v.p4 END, CASE WHEN @level(v) > 4 THEN v.p5 END] WHERE p IS NOT NULL]) AS c5

// name: fetch
UNWIND $ids AS id MATCH (r:Record {id: id}) WITH @version(r) AS v WHERE v IS NOT NULL {raw}

// name: scan
MATCH (r:Record) WHERE r.id > $last WITH r.id AS id, @version(r) AS v
WHERE v IS NOT NULL AND ($any OR v.schema IN $schemata) WITH v ORDER BY id LIMIT $chunk {raw}

// name: find
CALL db.index.fulltext.queryNodes('record_words', $query) YIELD node AS v
WITH v WHERE @seen(v) AND ($any OR v.schema IN $schemata)
WITH v, [w IN [v.w2, CASE WHEN @level(v) > 2 THEN v.w3 END, CASE WHEN @level(v) > 3 THEN v.w4 END,
CASE WHEN @level(v) > 4 THEN v.w5 END] WHERE w IS NOT NULL] AS words
WITH v.id AS id, reduce(text = '', w IN words | text + ' ' + w) AS text
WHERE all(q IN $words WHERE text CONTAINS q) RETURN id, substring(text, 1) ORDER BY id

// name: nodes
UNWIND $ranges AS span CALL (span) {
  MATCH (r:Record) WHERE r.id >= span[0] AND r.id < span[1] WITH @version(r) AS v WHERE v IS NOT NULL AND v.edge IS NULL
  RETURN collect(v.id) AS id, collect(v.did) AS did, collect(v.schema) AS schema,
  collect(CASE WHEN v.mask IS NULL OR @level(v) = 5 THEN '' ELSE v.mask END) AS mask
} RETURN id, did, schema, mask

// name: link_columns
RETURN collect(k.id) AS c0, collect(k.did) AS c1, collect(type(k)) AS c2, collect(k.schema) AS c3,
collect(coalesce(k.prop, '')) AS c4, collect(startNode(k).id) AS c5, collect(endNode(k).id) AS c6,
collect(k.directed) AS c7, collect(coalesce(k.start, '')) AS c8, collect(coalesce(k.end, '')) AS c9,
collect(coalesce(k.label, '')) AS c10, collect(k.origin) AS c11

// name: links_of
UNWIND $ids AS id MATCH (:Record {id: id})-[k:@links]-(:Record) WHERE @seen(k)
WITH DISTINCT k WITH k, startNode(k) AS a, endNode(k) AS b WITH k, @version(a) AS a, @version(b) AS b
WHERE a IS NOT NULL AND b IS NOT NULL AND (k.schema = 'CaseRole' OR (@clear(a) AND @clear(b))) {link_columns}

// name: links
UNWIND $ranges AS span CALL (span) {
  MATCH (r:Record) WHERE r.id >= span[0] AND r.id < span[1] WITH r, @version(r) AS a WHERE a IS NOT NULL
  MATCH (r)-[k:@links]->(s:Record) WHERE @seen(k) WITH k, a, @version(s) AS b
  WHERE b IS NOT NULL AND (k.schema = 'CaseRole' OR (@clear(a) AND @clear(b))) {link_columns}
} RETURN c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11

// name: carried_columns
RETURN collect(c.id) AS c0, collect(i.id) AS c1, collect(i.kind) AS c2, collect(i.value) AS c3, collect(c.prop) AS c4

// name: carried_by
UNWIND $ids AS id MATCH (:Record {id: id})-[c:@carries]->(i:Identifier) WHERE @seen(c) {carried_columns}

// name: carriers
UNWIND $ids AS id MATCH (i:Identifier {id: id})<-[c:@carries]-(:Record) WHERE @seen(c) {carried_columns}

// name: all_carried
UNWIND $ranges AS span CALL (span) {
  MATCH (i:Identifier) WHERE i.id >= span[0] AND i.id < span[1] MATCH (i)<-[c:@carries]-(:Record) WHERE @seen(c)
  WITH i, collect(c) AS cs WHERE size(cs) > 1 UNWIND cs AS c {carried_columns}
} RETURN c0, c1, c2, c3, c4

// name: pair_columns
WITH p, startNode(p) AS a, endNode(p) AS b WITH p, a.id AS left, b.id AS right, @version(a) AS x, @version(b) AS y
WHERE x IS NOT NULL AND y IS NOT NULL AND @clear(x) AND @clear(y)
AND (p.state = 'automatic' OR $all OR $mutual[$circle[x.did]][$circle[y.did]])
RETURN collect(left) AS c0, collect(right) AS c1, collect(p.score) AS c2, collect(p.state) AS c3, collect(p.reasons) AS c4

// name: pairs_of
MATCH (n:Counter {name: 'pairs'}) UNWIND $ids AS id MATCH (:Record {id: id})-[p:SAME_AS|POSSIBLY_SAME]-(:Record)
WHERE p.born <= n.value AND p.died > n.value WITH DISTINCT p {pair_columns}

// name: pairs
MATCH (n:Counter {name: 'pairs'}) UNWIND $ranges AS span CALL (n, span) {
  MATCH (r:Record) WHERE r.id >= span[0] AND r.id < span[1] MATCH (r)-[p:SAME_AS|POSSIBLY_SAME]->(:Record)
  WHERE p.born <= n.value AND p.died > n.value {pair_columns}
} RETURN c0, c1, c2, c3, c4

// name: opinion_columns
WITH o, startNode(o) AS a, endNode(o) AS b WITH o, a.id AS left, b.id AS right, @version(a) AS x, @version(b) AS y
WHERE x IS NOT NULL AND y IS NOT NULL AND @clear(x) AND @clear(y)
RETURN collect(left) AS c0, collect(right) AS c1, collect(o.agency) AS c2, collect(o.verdict) AS c3

// name: opinions_of
UNWIND $ids AS id MATCH (:Record {id: id})-[o:@opinions]-(:Record) WHERE o.agency IN [$viewer, '*']
WITH DISTINCT o {opinion_columns}

// name: opinions
MATCH (:Record)-[o:@opinions]->(:Record) WHERE o.agency IN [$viewer, '*'] {opinion_columns}

// name: pair_run
MERGE (n:Counter {name: 'pairs'}) ON CREATE SET n.value = 0 RETURN n.value

// name: pairs_between
UNWIND range(0, size($rows) - 1) AS i WITH i, $rows[i] AS row
MATCH (a:Record {id: row[0]}) MATCH (b:Record {id: row[1]})
OPTIONAL MATCH (a)-[p:SAME_AS|POSSIBLY_SAME]->(b) WHERE p.born <= $run AND p.died > $run
RETURN i, p IS NOT NULL, p IS NOT NULL AND p.score = row[2] AND p.state = row[3] AND p.reasons = row[4] AND p.model = $model

// name: end_pairs
UNWIND $rows AS row MATCH (:Record {id: row[0]})-[p:SAME_AS|POSSIBLY_SAME]->(:Record {id: row[1]})
WHERE p.born <= $run AND p.died > $run SET p.died = $run + 1

// name: put_pairs
UNWIND $rows AS row MATCH (a:Record {id: row[0]}) MATCH (b:Record {id: row[1]})
CREATE (a)-[p:$(CASE row[3] WHEN 'automatic' THEN 'SAME_AS' ELSE 'POSSIBLY_SAME' END)]->(b)
SET p = {score: row[2], state: row[3], reasons: row[4], model: $model, born: $run + 1, died: $alive}

// name: pair_ends
MATCH (r:Record) WHERE r.id >= $span[0] AND r.id < $span[1] MATCH (r)-[p:SAME_AS|POSSIBLY_SAME]->(b:Record)
WHERE p.born <= $run AND p.died > $run RETURN r.id, b.id

// name: drop_new_pairs
MATCH ()-[p:@type]->() WHERE p.born > $run WITH p LIMIT 10000 DELETE p RETURN count(*)

// name: revive_pairs
MATCH ()-[p:@type]->() WHERE p.died > $run AND p.died < $alive WITH p LIMIT 10000 SET p.died = $alive RETURN count(*)

// name: drop_old_pairs
MATCH ()-[p:@type]->() WHERE p.died <= $run WITH p LIMIT 10000 DELETE p RETURN count(*)

// name: judgement
RETURN j.number, j.left, j.right, j.verdict, j.agency, j.actor, j.at, j.score, j.model, j.retracted

// name: judgements
MATCH (j:Judgement {left: $left, right: $right}) {judgement} ORDER BY j.number

// name: judgement_by_number
MATCH (j:Judgement {number: $number}) {judgement}

// name: standing
MATCH (j:Judgement) WHERE j.agency = $agency AND j.retracted = '' {judgement} ORDER BY j.number DESC

// name: put_judgement
MATCH (a:Record {id: $fields.left}) MATCH (b:Record {id: $fields.right}) CREATE (j:Judgement) SET j = $fields
CREATE (j)-[:ABOUT]->(a) CREATE (j)-[:ABOUT]->(b)

// name: retract
MATCH (j:Judgement {number: $number}) SET j.retracted = $at RETURN j.left, j.right

// name: drop_opinions
MATCH (:Record {id: $left})-[o:@opinions]->(:Record {id: $right}) WHERE o.agency IS NOT NULL DELETE o

// name: put_opinions
MATCH (a:Record {id: $left}) MATCH (b:Record {id: $right}) UNWIND $rows AS row
CREATE (a)-[o:$(row.type)]->(b) SET o = row.fields

// name: owners
UNWIND $ids AS id MATCH (r:Record {id: id}) MATCH (d:Dataset {number: r.did}) RETURN r.id, d.owner

// name: hits
MATCH (n:Counter {name: 'pairs'}) MATCH (m:Record) WHERE m.did IN $mine
WITH n, m, @version(m) AS v WHERE v IS NOT NULL AND v.mask IS NULL
CALL (n, m) {
  MATCH (m)-[c:@carries]->(i:Identifier)<-[x:@carries]-(o:Record)
  WHERE @alive(c, cur) AND @alive(x, theirs) AND x.mask IS NULL AND NOT o.id IN $unhit RETURN x.did AS did, i.kind AS kind
  UNION
  MATCH (m)-[p:SAME_AS|POSSIBLY_SAME]-(o:Record) WHERE p.born <= n.value AND p.died > n.value AND NOT o.id IN $unhit
  WITH @of(o, theirs) AS v WHERE v IS NOT NULL AND v.mask IS NULL RETURN v.did AS did, 'identity' AS kind
}
RETURN DISTINCT m.id AS id, did, kind ORDER BY id, did, kind

// name: known_flags
MATCH (f:Flag {agency: $agency}) RETURN f.id, f.digest, f.state

// name: put_flags
UNWIND $rows AS row MERGE (f:Flag {id: row.id}) ON CREATE SET f.agency = $agency, f.kind = row.kind, f.first_seen = $at
SET f.body = row.body, f.digest = row.digest, f.state = row.state, f.last_seen = $at
WITH f, row CALL (f) { OPTIONAL MATCH (f)-[g:RESTS_ON]->() DELETE g }
UNWIND row.grounds AS g MATCH (r:Record {id: g[0]}) CREATE (f)-[:RESTS_ON {level: g[1], did: g[2]}]->(r)

// name: drop_flags
UNWIND $ids AS id MATCH (f:Flag {id: id}) SET f.state = 'withdrawn', f.last_seen = $at

// name: flags
MATCH (f:Flag {agency: $agency}) WHERE f.state <> 'withdrawn' AND NOT EXISTS {
  MATCH (f)-[g:RESTS_ON]->(r:Record) WITH g, @version(r) AS v
  WHERE v IS NULL OR @level(v) < g.level OR (g.did > 0 AND NOT g.did IN $hits)
}
RETURN f.id, f.agency, f.kind, f.body, f.digest, f.state, f.first_seen, f.last_seen,
[(f)-[g:RESTS_ON]->(r:Record) | [r.id, g.level, g.did]] ORDER BY f.id

// name: flag_states
MATCH (f:Flag {agency: $agency}) RETURN f.id, f.kind, f.state, f.last_seen ORDER BY f.id

// name: flag_kept
MATCH (f:Flag {id: $id, agency: $agency}) RETURN f.kind, f.body, f.digest

// name: lock
MATCH (k:JobLock {name: $name}) RETURN k.holder, k.until

// name: keep
UNWIND $rows AS row MERGE (k:Kept {kind: row[0], key: row[1]}) SET k.body = row[2]

// name: unkeep
UNWIND $keys AS key MATCH (k:Kept {kind: $kind, key: key}) DELETE k

// name: kept
MATCH (k:Kept {kind: $kind}) RETURN k.key, k.body ORDER BY k.key

// name: put_lock
MERGE (k:JobLock {name: $name}) SET k.holder = $holder, k.until = $until

// name: drop_lock
MATCH (k:JobLock {name: $name, holder: $holder}) DELETE k

// name: put_job
CREATE (j:JobRun) SET j = $fields

// name: jobs
MATCH (j:JobRun {name: $name}) RETURN j.started, j.ended, j.outcome, j.counts ORDER BY j.n DESC LIMIT $limit
