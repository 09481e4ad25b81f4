-- $1 to $4: the asked bits of prefectures, industries, fees, formats, 0 for no condition; $5: of durations.
-- `unmet` has a bit for each of the four conditions that is not met; who misses two is counted nowhere.
WITH seen AS MATERIALIZED (
    SELECT * FROM (
        SELECT number, {menu} AS standing, turn, prefectures, industries, fees, formats,
            CASE WHEN $1 = 0 OR prefectures & $1 <> 0 THEN 0 ELSE 1 END
            + CASE WHEN $2 = 0 OR industries & $2 <> 0 THEN 0 ELSE 2 END
            + CASE WHEN $3 = 0 OR fees & $3 <> 0 THEN 0 ELSE 4 END
            + CASE WHEN $4 = 0 OR formats & $4 <> 0 THEN 0 ELSE 8 END AS unmet
        FROM expert {said}
        WHERE {menu} > 0 AND ($5 = 0 OR durations & $5 <> 0) {phrase}
        OFFSET 0 -- else `unmet` is worked out twice
    ) AS able
    WHERE unmet IN (0, 1, 2, 4, 8)
),
first AS (
    SELECT number, standing, turn FROM seen WHERE unmet = 0 ORDER BY standing DESC, turn, number LIMIT 20
),
-- Far fewer people differ in a mask than there are.
by_prefectures AS (SELECT prefectures AS mask, count(*)::integer AS people FROM seen WHERE unmet IN (0, 1) GROUP BY 1),
by_industries AS (SELECT industries AS mask, count(*)::integer AS people FROM seen WHERE unmet IN (0, 2) GROUP BY 1),
by_fees AS (SELECT fees AS mask, count(*)::integer AS people FROM seen WHERE unmet IN (0, 4) GROUP BY 1),
by_formats AS (SELECT formats AS mask, count(*)::integer AS people FROM seen WHERE unmet IN (0, 8) GROUP BY 1)
SELECT
    (SELECT count(*) FROM seen WHERE unmet = 0),
    (SELECT array_agg(number ORDER BY standing DESC, turn, number) FROM first),
    (SELECT {prefectures} FROM by_prefectures),
    (SELECT {industries} FROM by_industries),
    (SELECT {fees} FROM by_fees),
    (SELECT {formats} FROM by_formats)
