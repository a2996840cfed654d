-- Candidate pairs by keys. One text for DuckDB and, transpiled, for Spark SQL: plain joins, no engine's own functions.
-- In: words(record, family, root, share), dates(record, family, day, year), documents(record, family, key),
-- nations(record, nation), nicknames(record, text, share),
-- common(kind, key); parameters: the caps (greatest expected share of records for which a key is still used).
-- Out: keys, with the years in which whoever is compared may be born: records under one key are compared where these
-- spans meet, or where day and month of birth agree (a slip in the year). They always meet under a number or a nickname,
-- and for a record that states no birth date or several.
-- A key's expected share is the product of its words' shares in the model file; the data at hand do not enter.
WITH
twos AS (
  SELECT a.record, a.family, a.root AS one, b.root AS two, a.share AS p, b.share AS q
  FROM words a JOIN words b ON a.record = b.record AND a.root < b.root
),
years AS (SELECT DISTINCT record, year FROM dates WHERE year > 0),
named AS (
  -- numbers
  SELECT record, family, 'document' AS kind, key, 0.0 AS expected FROM documents
  UNION ALL
  -- full birth date (day and month in either order) and a word
  SELECT w.record, w.family, 'birth', d.day || ' ' || w.root, w.share * {day_share}
  FROM words w JOIN dates d ON w.record = d.record WHERE d.day <> ''
  UNION ALL
  -- full birth date alone
  SELECT record, family, 'day', day, {day_share} FROM dates WHERE day <> ''
  UNION ALL
  -- two words
  SELECT record, family, 'words', one || ' ' || two, p * q FROM twos
  UNION ALL
  -- two common words and the year of birth
  SELECT t.record, t.family, 'year', CAST(y.year AS VARCHAR) || ' ' || t.one || ' ' || t.two, t.p * t.q * {year_share}
  FROM twos t JOIN years y ON t.record = y.record WHERE t.p * t.q > {words_cap}
  UNION ALL
  -- two common words and a nationality
  SELECT t.record, t.family, 'nation', n.nation || ' ' || t.one || ' ' || t.two, t.p * t.q * {nation_share}
  FROM twos t JOIN nations n ON t.record = n.record WHERE t.p * t.q > {words_cap}
  UNION ALL
  -- three words of which any two are common
  SELECT t.record, t.family, 'three', t.one || ' ' || t.two || ' ' || w.root, t.p * t.q * w.share
  FROM twos t JOIN words w ON t.record = w.record AND t.two < w.root
  WHERE t.p * t.q > {words_cap} AND t.p * w.share > {words_cap} AND t.q * w.share > {words_cap}
  UNION ALL
  -- one rare word: an organisation's; a person's, where the model file says that it is rare
  SELECT record, family, 'word', root, share FROM words
  UNION ALL
  -- a nickname and a word, the birth date, the year of birth, or another nickname
  SELECT n.record, w.family, 'nickname', n.text || ' ' || w.root, n.share * w.share
  FROM nicknames n JOIN words w ON n.record = w.record
  UNION ALL
  SELECT n.record, 0, 'nickname', n.text || ' ' || d.day, n.share * {day_share}
  FROM nicknames n JOIN dates d ON n.record = d.record WHERE d.day <> ''
  UNION ALL
  SELECT n.record, 0, 'nickname', n.text || ' ' || CAST(y.year AS VARCHAR), n.share * {year_share}
  FROM nicknames n JOIN years y ON n.record = y.record
  UNION ALL
  SELECT n.record, 0, 'nickname', n.text || ' + ' || m.text, n.share * m.share
  FROM nicknames n JOIN nicknames m ON n.record = m.record AND n.text < m.text
),
keys AS (
  SELECT n.record, n.family, n.kind, n.key,
    CASE WHEN c.key IS NOT NULL THEN 1
         WHEN n.kind = 'words' AND n.expected > {words_cap} THEN 1
         WHEN n.kind = 'year' AND n.expected > {year_cap} THEN 1
         WHEN n.kind = 'nation' AND n.expected > {nation_cap} THEN 1
         WHEN n.kind = 'three' AND n.expected > {three_cap} THEN 1
         WHEN n.kind = 'day' AND n.expected > {day_cap} THEN 1
         WHEN n.kind = 'birth' AND n.expected > {birth_cap} THEN 1
         WHEN n.kind = 'word' AND n.expected > {word_cap} THEN 1
         WHEN n.kind = 'nickname' AND n.expected > {nickname_cap} THEN 1
         ELSE 0 END AS dropped
  FROM named n LEFT JOIN common c ON n.kind = c.kind AND n.key = c.key
),
spans AS (
  SELECT record, MIN(year) AS year, MIN(CASE WHEN day <> '' THEN SUBSTRING(CAST(day AS VARCHAR), 5, 4) END) AS birthday
  FROM dates WHERE year > 0 GROUP BY record HAVING COUNT(*) = 1
)
SELECT DISTINCT k.record, k.family, k.kind, k.key, k.dropped,
  CASE WHEN s.record IS NULL OR k.kind IN ('document', 'nickname') THEN -9999 ELSE s.year END AS low,
  CASE WHEN s.record IS NULL OR k.kind IN ('document', 'nickname') THEN 9999 ELSE s.year + {years_apart} END AS high,
  s.birthday
FROM keys k LEFT JOIN spans s ON k.record = s.record
