-- How single values of OneRoster are understood. One statement a macro.

-- «школа» or «колледж»; NULL: an authority, a department. The standard has no word for a college: an extension does.
CREATE MACRO organization_kind(type) AS CASE
    WHEN lower(type) = 'school' THEN 'school'
    WHEN regexp_matches(lower(type), '^ext:.*(college|vocational|колледж|техникум|спо)') THEN 'college'
END;

-- The numbers of a list of grades («09», «9,10») that can be levels.
CREATE MACRO level_numbers(grades) AS list_distinct(list_filter(
    list_transform(regexp_extract_all(coalesce(grades, ''), '[0-9]+'), lambda one: try_cast(one AS INTEGER)),
    lambda one: one BETWEEN 1 AND 12
));

-- The level of a class: the one in `grades`, else the number that its title begins with.
CREATE MACRO class_level(grades, title) AS CASE
    WHEN len(level_numbers(grades)) = 1 THEN level_numbers(grades)[1]
    ELSE level_numbers(regexp_extract(title, '^\s*([0-9]{1,2})(?:[^0-9]|$)', 1))[1]
END;

-- The letter behind that number: «9А», «9 "А"», «9-а класс»; of «9 класс» none.
CREATE MACRO class_letter(title) AS nullif(
    upper(regexp_extract(title, '^\s*[0-9]{1,2}[\s«"''(–—-]*(\p{L})(?:\P{L}|$)', 1)), ''
);

-- Codes of the standard for groups that are no school classes yet.
CREATE MACRO is_preschool(grades) AS
coalesce(regexp_full_match(lower(grades), '\s*(it|pr|pk|tk|kg|k)\s*(,\s*(it|pr|pk|tk|kg|k)\s*)*'), false);

-- The state of a result in the standard's words, whatever its writer did to them; without one, a mark is a mark.
CREATE MACRO score_status(status, score, text_score) AS CASE regexp_replace(lower(status), '[^a-zа-яё]', '', 'g')
    WHEN 'fullygraded' THEN 'fully graded'
    WHEN 'partiallygraded' THEN 'partially graded'
    WHEN 'submitted' THEN 'submitted'
    WHEN 'notsubmitted' THEN 'not submitted'
    WHEN 'exempt' THEN 'exempt'
    ELSE CASE
        WHEN status IS NOT NULL THEN 'unknown'
        WHEN score IS NULL AND text_score IS NULL THEN 'not submitted'
        ELSE 'fully graded'
    END
END;

-- Lists stand in one field, separated by commas.
CREATE MACRO listed(field) AS list_filter(
    list_transform(string_split(field, ','), lambda one: trim(one)), lambda one: one <> ''
);

-- The СНИЛС among «{type:id},{type:id}» of userIds.
CREATE MACRO snils_of(user_ids) AS nullif(
    trim(regexp_extract(user_ids, '(?i)\{\s*(?:snils|снилс)\s*:([^{}]*)\}', 1)), ''
);

-- The last day of what ends before a date: ends of the standard are exclusive.
CREATE MACRO last_day_before(day) AS day - 1;

-- The version of a row that is made of two: unknown (NULL) if one of them has none.
CREATE MACRO newest(one, other) AS CASE WHEN one IS NOT NULL AND other IS NOT NULL THEN greatest(one, other) END;

-- What a title says of the length of a period.
CREATE MACRO period_kind(title) AS CASE
    WHEN regexp_matches(lower(title), 'четверт|quarter') THEN 'quarter'
    WHEN regexp_matches(lower(title), 'триместр|trimester') THEN 'trimester'
    WHEN regexp_matches(lower(title), 'полугод|half') THEN 'half_year'
    WHEN regexp_matches(lower(title), 'семестр|semester') THEN 'semester'
    WHEN regexp_matches(lower(title), 'модул|module') THEN 'module'
END;

-- A number as a journal shows it: 5, not 5.000000000.
CREATE MACRO shown_number(number) AS
regexp_replace(regexp_replace(CAST(number AS VARCHAR), '(\.[0-9]*[1-9])0+$', '\1'), '\.0+$', '');
