-- Nine marts as one plain DuckDB script over the views of schema raw, into schema marts: the yardstick that the dbt
-- build is measured against. Same rows, same columns; no data tests, no contracts. models/ say what the numbers mean
-- (specification 2-marts.md), this file how fast they can be had.
--
-- What makes it fast: only keys that came more than once are put in order, and of those only the superseded rows are
-- remembered, by their place in the delivery; whatever is grouped, joined or sorted by the million is a small integer,
-- which gets its id back where a mart is written; what classmates share is computed once.

create schema marts;

-------------------------------------------------------------------------------------------------------------- seeds --
-- Copies of dbt_project/seeds: tests/test_benchmark_sql.py compares them.

create temp table absence_reasons as
from (
    values
    ('1', true, true), ('2', true, true), ('3', true, false), ('4', false, false), ('5', true, true),
    ('6', true, false), ('7', true, true), ('8', false, false), ('9', true, false), ('10', true, false),
    ('11', true, false), ('12', true, false)
) as seed (absence_reason_id, is_excused, is_illness);

create temp table absence_letters as
from (values ('н'), ('нв'), ('см'), ('осв')) as seed (name);

create temp table control_form_kinds as
from (
    values
    ('административная контрольн', 'prefix', 'Контрольная'),
    ('административная работа', 'prefix', 'Контрольная'),
    ('вводная контрольн', 'prefix', 'Контрольная'),
    ('всероссийская проверочная работа', 'prefix', 'Контрольная'),
    ('вступительная контрольн', 'prefix', 'Контрольная'),
    ('входная контрольн', 'prefix', 'Контрольная'),
    ('годовая контрольн', 'prefix', 'Контрольная'),
    ('городская контрольн', 'prefix', 'Контрольная'),
    ('диагностическая контрольн', 'prefix', 'Контрольная'),
    ('диагностическая работа', 'prefix', 'Контрольная'),
    ('директорская контрольн', 'prefix', 'Контрольная'),
    ('зачетная контрольн', 'prefix', 'Контрольная'),
    ('итоговая контрольн', 'prefix', 'Контрольная'),
    ('комплексная контрольн', 'prefix', 'Контрольная'),
    ('контрольн', 'prefix', 'Контрольная'),
    ('краевая контрольн', 'prefix', 'Контрольная'),
    ('мониторинговая контрольн', 'prefix', 'Контрольная'),
    ('муниципальная контрольн', 'prefix', 'Контрольная'),
    ('обобщающая контрольн', 'prefix', 'Контрольная'),
    ('обязательная контрольн', 'prefix', 'Контрольная'),
    ('переводная контрольн', 'prefix', 'Контрольная'),
    ('письменная контрольн', 'prefix', 'Контрольная'),
    ('полугодовая контрольн', 'prefix', 'Контрольная'),
    ('промежуточная контрольн', 'prefix', 'Контрольная'),
    ('районная контрольн', 'prefix', 'Контрольная'),
    ('региональная контрольн', 'prefix', 'Контрольная'),
    ('рубежная контрольн', 'prefix', 'Контрольная'),
    ('семестровая контрольн', 'prefix', 'Контрольная'),
    ('срезовая контрольн', 'prefix', 'Контрольная'),
    ('стартовая контрольн', 'prefix', 'Контрольная'),
    ('текущая контрольн', 'prefix', 'Контрольная'),
    ('тематическая контрольн', 'prefix', 'Контрольная'),
    ('триместровая контрольн', 'prefix', 'Контрольная'),
    ('четвертная контрольн', 'prefix', 'Контрольная'),
    ('экзаменационн', 'prefix', 'Контрольная'),
    ('административный контрольн', 'prefix', 'Контрольная'),
    ('вводный контроль', 'exact', 'Контрольная'),
    ('вкр', 'exact', 'Контрольная'),
    ('впр', 'exact', 'Контрольная'),
    ('входной контроль', 'exact', 'Контрольная'),
    ('икр', 'exact', 'Контрольная'),
    ('итоговый контроль', 'exact', 'Контрольная'),
    ('к/р', 'exact', 'Контрольная'),
    ('кр', 'exact', 'Контрольная'),
    ('окр', 'exact', 'Контрольная'),
    ('рубежный контроль', 'exact', 'Контрольная'),
    ('срез знаний', 'exact', 'Контрольная'),
    ('внеклассное домашнее', 'prefix', 'Домашняя'),
    ('домашн', 'prefix', 'Домашняя'),
    ('домашняя контрольн', 'prefix', 'Домашняя'),
    ('задание на дом', 'prefix', 'Домашняя'),
    ('проверка домашн', 'prefix', 'Домашняя'),
    ('творческое домашнее', 'prefix', 'Домашняя'),
    ('цифровое домашнее', 'prefix', 'Домашняя'),
    ('д. з.', 'exact', 'Домашняя'),
    ('д.з.', 'exact', 'Домашняя'),
    ('д/з', 'exact', 'Домашняя'),
    ('дз', 'exact', 'Домашняя'),
    ('домашка', 'exact', 'Домашняя'),
    ('цдз', 'exact', 'Домашняя'),
    ('анализ текста', 'prefix', 'Классная'),
    ('аудирование', 'prefix', 'Классная'),
    ('беседа', 'prefix', 'Классная'),
    ('виртуальная лабораторн', 'prefix', 'Классная'),
    ('выразительное чтение', 'prefix', 'Классная'),
    ('говорение', 'prefix', 'Классная'),
    ('грамматическ', 'prefix', 'Классная'),
    ('графическ', 'prefix', 'Классная'),
    ('диалог', 'prefix', 'Классная'),
    ('диктант', 'prefix', 'Классная'),
    ('дискуссия', 'prefix', 'Классная'),
    ('доклад', 'prefix', 'Классная'),
    ('задание на уроке', 'prefix', 'Классная'),
    ('изложение', 'prefix', 'Классная'),
    ('индивидуальный опрос', 'prefix', 'Классная'),
    ('исследовательск', 'prefix', 'Классная'),
    ('карточка', 'prefix', 'Классная'),
    ('классн', 'prefix', 'Классная'),
    ('коллоквиум', 'prefix', 'Классная'),
    ('комплексный анализ', 'prefix', 'Классная'),
    ('конспект', 'prefix', 'Классная'),
    ('контурн', 'prefix', 'Классная'),
    ('лабораторн', 'prefix', 'Классная'),
    ('лексическ', 'prefix', 'Классная'),
    ('математический диктант', 'prefix', 'Классная'),
    ('монолог', 'prefix', 'Классная'),
    ('наизусть', 'prefix', 'Классная'),
    ('норматив', 'prefix', 'Классная'),
    ('обучающее изложение', 'prefix', 'Классная'),
    ('обучающее сочинение', 'prefix', 'Классная'),
    ('обучающий диктант', 'prefix', 'Классная'),
    ('опрос', 'prefix', 'Классная'),
    ('ответ', 'prefix', 'Классная'),
    ('пересказ', 'prefix', 'Классная'),
    ('письмо', 'prefix', 'Классная'),
    ('практикум', 'prefix', 'Классная'),
    ('практическ', 'prefix', 'Классная'),
    ('презентация', 'prefix', 'Классная'),
    ('проверочн', 'prefix', 'Классная'),
    ('проект', 'prefix', 'Классная'),
    ('работа в группе', 'prefix', 'Классная'),
    ('работа в классе', 'prefix', 'Классная'),
    ('работа в тетради', 'prefix', 'Классная'),
    ('работа на уроке', 'prefix', 'Классная'),
    ('работа над ошибками', 'prefix', 'Классная'),
    ('работа с картой', 'prefix', 'Классная'),
    ('работа с текстом', 'prefix', 'Классная'),
    ('реферат', 'prefix', 'Классная'),
    ('решение задач', 'prefix', 'Классная'),
    ('самостоятельн', 'prefix', 'Классная'),
    ('сдача норматив', 'prefix', 'Классная'),
    ('семинар', 'prefix', 'Классная'),
    ('словарн', 'prefix', 'Классная'),
    ('сообщение', 'prefix', 'Классная'),
    ('сочинение', 'prefix', 'Классная'),
    ('списывание', 'prefix', 'Классная'),
    ('творческая работа', 'prefix', 'Классная'),
    ('терминологическ', 'prefix', 'Классная'),
    ('тест', 'prefix', 'Классная'),
    ('техника чтения', 'prefix', 'Классная'),
    ('упражнени', 'prefix', 'Классная'),
    ('устн', 'prefix', 'Классная'),
    ('фронтальный опрос', 'prefix', 'Классная'),
    ('чтение', 'prefix', 'Классная'),
    ('эссе', 'prefix', 'Классная')
) as seed (pattern, match, kind);

------------------------------------------------------------------------------------------------------------ numbers --

set variable as_of = (select as_of from raw.run_context);
set variable threshold = (select rounding_threshold from raw.run_context);

create temp macro ratio(numerator, denominator) as (cast(numerator as double) / nullif(cast(denominator as double), 0));
create temp macro exact(average) as cast(average as decimal(18, 12));
create temp macro mean(average) as (cast(sum(exact(average)) as double) / nullif(count(average), 0));
create temp macro rounded_mark(average) as cast(floor(exact(average) + (1 - getvariable('threshold'))) as integer);
-- The fewest further fives of weight 1 that bring an average to the mark.
create temp macro least_average(mark) as cast(mark - 1 + getvariable('threshold') as double);
create temp macro fives_to_reach(mark, weighted_sum, weight_sum) as cast(
    greatest(
        0, ceil(round((least_average(mark) * weight_sum - weighted_sum) / (5 - least_average(mark)), 7))
    ) as integer
);
create temp macro normalized(name) as
trim(regexp_replace(replace(lower(name), 'ё', 'е'), '[\s\x{00A0}]+', ' ', 'g'));

-- Sums come out with 128 bits; a billion points of one student fit into 64.
create temp macro total_points(total) as cast(total as decimal(18, 9));
create temp macro total_weight(total) as cast(total as integer);

-- The five-point value; a weight is 1..5, so that five × weight stays within 64 bits.
create temp macro five_point(five, name, scale) as nullif(
    coalesce(
        five,
        case
            when coalesce(lower(scale), 'five') = 'five' and regexp_full_match(name, '[1-5][+-]?')
                then cast(left(name, 1) as decimal(18, 9))
        end
    ),
    0
);

-- What a row's version is where it has no time of change: the last second of its delivery's day.
create temp macro delivered(load_date) as (load_date + interval '86399 seconds');

-- A row stands if it came with the last snapshot that speaks of it or after that: of the whole dataset (a far past
-- without one), or of the row's year.
set variable snapshots = (
    select map(list(dataset), list(load_date))
    from (select dataset, max(load_date) as load_date from raw.deliveries where mode = 'snapshot' group by dataset)
);
create temp macro last_snapshot(dataset_name) as coalesce(getvariable('snapshots')[dataset_name], date '0001-01-01');
create temp table year_snapshots as
select dataset, academic_year_id, max(_load_date) as load_date
from (
    select distinct 'academic_years' as dataset, academic_year_id, _load_date from raw.academic_years
    union all
    select distinct 'attestation_periods' as dataset, academic_year_id, _load_date from raw.attestation_periods
    union all
    select distinct 'kug_periods' as dataset, academic_year_id, _load_date from raw.kug_periods
    union all
    select distinct 'final_marks' as dataset, academic_year_id, _load_date from raw.final_marks
) as delivered_years
semi join (from raw.deliveries where mode = 'snapshot') as snapshots
    on delivered_years.dataset = snapshots.dataset and delivered_years._load_date = snapshots.load_date
group by dataset, academic_year_id;

-- A row of a snapshot whose new version was rejected has not vanished.
create temp table rejected_rows as
select dataset, row_key, max(load_date) as load_date
from raw.rejected_keys
group by dataset, row_key;

----------------------------------------------------------------------------------------------------------- versions --

-- Of each large dataset the places of the rows that a newer version stands above. A hash that came once belongs to a key
-- that came once: most rows are never put in order.

create temp table superseded_marks as
with repeated as (
    select hash(mark_id) as key_hash from raw.marks group by key_hash having count(*) > 1
)

select delivered_rows._load_date, delivered_rows._row
from raw.marks as delivered_rows
semi join repeated on hash(mark_id) = repeated.key_hash
where delivered_rows._load_date >= last_snapshot('marks')
qualify row_number() over (
    partition by mark_id
    order by coalesce(updated_at, created_at, delivered(_load_date)) desc, _load_date desc, _row desc
) > 1;

create temp table superseded_attendances as
with repeated as (
    select hash(attendance_id) as key_hash from raw.attendances group by key_hash having count(*) > 1
)

select delivered_rows._load_date, delivered_rows._row
from raw.attendances as delivered_rows
semi join repeated on hash(attendance_id) = repeated.key_hash
where delivered_rows._load_date >= last_snapshot('attendances')
qualify row_number() over (
    partition by attendance_id
    order by coalesce(updated_at, created_at, delivered(_load_date)) desc, _load_date desc, _row desc
) > 1;

create temp table superseded_lessons as
with repeated as (
    select hash(schedule_lesson_id) as key_hash from raw.lessons group by key_hash having count(*) > 1
)

select delivered_rows._load_date, delivered_rows._row
from raw.lessons as delivered_rows
semi join repeated on hash(schedule_lesson_id) = repeated.key_hash
where delivered_rows._load_date >= last_snapshot('lessons')
qualify row_number() over (
    partition by schedule_lesson_id
    order by coalesce(updated_at, delivered(_load_date)) desc, _load_date desc, _row desc
) > 1;

create temp table superseded_members as
with repeated as (
    select hash(group_id, student_profile_id, begin_date) as key_hash
    from raw.group_members
    group by key_hash
    having count(*) > 1
)

select delivered_rows._load_date, delivered_rows._row
from raw.group_members as delivered_rows
semi join repeated on hash(group_id, student_profile_id, begin_date) = repeated.key_hash
where delivered_rows._load_date >= last_snapshot('group_members')
qualify row_number() over (
    partition by group_id, student_profile_id, begin_date
    order by coalesce(updated_at, delivered(_load_date)) desc, _load_date desc, _row desc
) > 1;

create temp table superseded_final_marks as
with repeated as (
    select hash(final_mark_id) as key_hash from raw.final_marks group by key_hash having count(*) > 1
)

select delivered_rows._load_date, delivered_rows._row
from raw.final_marks as delivered_rows
left join year_snapshots
    on year_snapshots.dataset = 'final_marks' and delivered_rows.academic_year_id = year_snapshots.academic_year_id
semi join repeated on hash(final_mark_id) = repeated.key_hash
where coalesce(delivered_rows._load_date >= year_snapshots.load_date, true)
qualify row_number() over (
    partition by final_mark_id
    order by coalesce(updated_at, delivered(_load_date)) desc, _load_date desc, _row desc
) > 1;

------------------------------------------------------------------------------------------------------- dictionaries --

create temp table years as
with newest as (
    from raw.academic_years
    qualify row_number() over (partition by academic_year_id order by _load_date desc, _row desc) = 1
),

current_years as (
    select newest.*
    from newest
    left join year_snapshots
        on year_snapshots.dataset = 'academic_years' and newest.academic_year_id = year_snapshots.academic_year_id
    left join rejected_rows
        on rejected_rows.dataset = 'academic_years' and newest.academic_year_id = rejected_rows.row_key
    where coalesce(greatest(newest._load_date, rejected_rows.load_date) >= year_snapshots.load_date, true)
),

begun as (
    select
        *,
        lead(begin_date) over (order by begin_date, academic_year_id) as next_begin_date,
        row_number() over (order by begin_date desc, academic_year_id desc) = 1 as is_current
    from current_years
    where begin_date <= getvariable('as_of')
)

select
    cast(row_number() over () as smallint) as year_no,
    academic_year_id,
    begin_date,
    end_date,
    least(end_date, next_begin_date - 1) as last_date,
    least(end_date, getvariable('as_of')) as as_of,
    is_current
from begun
anti join raw.written_years as written on begun.academic_year_id = written.academic_year_id;

-- Every day that counts: of one year each.
create temp table days as
select begin_date + cast(step as integer) as date, year_no
from years, range(datediff('day', begin_date, least(last_date, as_of)) + 1) as steps (step);
set variable first_day = (select min(date) from days);
set variable last_day = (select max(date) from days);

create temp table class_units as
select
    class_unit_id,
    organization_id,
    academic_year_id,
    class_level,
    periods_schedule_id,
    attestation_periods_schedule_id,
    cast(row_number() over () as integer) as class_no
from raw.class_units
qualify row_number() over (partition by class_unit_id order by _load_date desc, _row desc) = 1;

create temp table subjects as
select subject_id, cast(row_number() over () as smallint) as subject_no
from (select distinct subject_id from raw.subjects) as known;

create temp table attestation_periods as
with newest as (
    from raw.attestation_periods
    qualify row_number() over (partition by attestation_period_id order by _load_date desc, _row desc) = 1
)

select newest.*
from newest
left join year_snapshots
    on year_snapshots.dataset = 'attestation_periods' and newest.academic_year_id = year_snapshots.academic_year_id
left join rejected_rows
    on rejected_rows.dataset = 'attestation_periods' and newest.attestation_period_id = rejected_rows.row_key
where coalesce(greatest(newest._load_date, rejected_rows.load_date) >= year_snapshots.load_date, true);

create temp table current_groups as
select
    group_id,
    academic_year_id,
    subject_id,
    attestation_periods_schedule_id,
    cast(row_number() over () as integer) as group_no
from raw.groups
qualify row_number() over (partition by group_id order by _load_date desc, _row desc) = 1;

create temp table schedules as
select schedule_id, cast(row_number() over () as integer) as schedule_no
from (
    select attestation_periods_schedule_id as schedule_id from attestation_periods
    union
    select attestation_periods_schedule_id as schedule_id from current_groups
    union
    select attestation_periods_schedule_id as schedule_id from class_units
) as named
where schedule_id is not null;

create temp table study_groups as
select current_groups.group_id, group_no, subject_no, year_no, schedule_no
from current_groups
left join subjects on current_groups.subject_id = subjects.subject_id
left join years on current_groups.academic_year_id = years.academic_year_id
left join schedules on current_groups.attestation_periods_schedule_id = schedules.schedule_id;

create temp table final_mark_rows as
select
    delivered_rows.final_mark_id,
    delivered_rows.student_profile_id,
    delivered_rows.subject_id,
    delivered_rows.academic_year_id,
    case when not delivered_rows.is_year_mark then delivered_rows.attestation_period_id end as attestation_period_id,
    delivered_rows.name,
    cast(five_point(delivered_rows.five, delivered_rows.name, null) as double) as five,
    coalesce(delivered_rows.academic_debt, false) as is_academic_debt,
    coalesce(delivered_rows.updated_at, delivered(delivered_rows._load_date)) as version_at
from raw.final_marks as delivered_rows
anti join superseded_final_marks as superseded
    on delivered_rows._load_date = superseded._load_date and delivered_rows._row = superseded._row
left join year_snapshots
    on year_snapshots.dataset = 'final_marks' and delivered_rows.academic_year_id = year_snapshots.academic_year_id
where
    coalesce(delivered_rows._load_date >= year_snapshots.load_date, true)
    and delivered_rows.deleted_at is null
    and not coalesce(delivered_rows.deleted, false);

-- Numbered in the order of their first day, then of their id: the greater number is the later period. Zero: the year.
create temp table periods as
select
    attestation_period_id,
    end_date,
    cast(row_number() over (order by begin_date nulls first, attestation_period_id) as integer) as period_no
from (
    select attestation_period_id, begin_date, end_date from attestation_periods
    union all
    select distinct attestation_period_id, cast(null as date) as begin_date, cast(null as date) as end_date
    from final_mark_rows
    where attestation_period_id not in (select known.attestation_period_id from attestation_periods as known)
) as named
union all
select null as attestation_period_id, null as end_date, 0 as period_no;

create temp table schedule_periods as
select
    schedule_no,
    year_no,
    period_no,
    attestation.name,
    attestation.begin_date,
    attestation.end_date,
    coalesce(
        lead(attestation.begin_date) over schedule_in_order - 1, date '9999-12-31'
    ) as last_counted_date,
    row_number() over schedule_in_order = 1 as is_first,
    years.as_of
from attestation_periods as attestation
inner join periods on attestation.attestation_period_id = periods.attestation_period_id
inner join schedules on attestation.attestation_periods_schedule_id = schedules.schedule_id
inner join years on attestation.academic_year_id = years.academic_year_id
window schedule_in_order as (partition by schedule_no, year_no order by period_no);

create temp table current_periods as
from schedule_periods
where (begin_date <= as_of and last_counted_date >= as_of) or (is_first and begin_date > as_of);

create temp table period_days as
select schedule_no, days.date, period_no, schedule_periods.end_date
from schedule_periods
inner join days
    on
        schedule_periods.year_no = days.year_no
        and days.date between schedule_periods.begin_date and schedule_periods.last_counted_date;

create temp table control_forms as
with forms as (
    select control_form_id, name, normalized(name) as normalized_name, normalized(kind) as normalized_kind
    from (
        from raw.control_forms
        qualify row_number() over (
            partition by control_form_id order by _load_date desc, _row desc
        ) = 1
    ) as newest
    where deleted_at is null and not coalesce(deleted, false)
),

kinds as (
    select
        forms.control_form_id,
        any_value(forms.name) as name,
        coalesce(
            any_value(forms.normalized_kind),
            lower(first(seed.kind order by length(seed.pattern) desc, seed.match, seed.pattern))
        ) as kind
    from forms
    left join control_form_kinds as seed
        on
            (seed.match = 'exact' and forms.normalized_name = seed.pattern)
            or (seed.match = 'prefix' and starts_with(forms.normalized_name, seed.pattern))
    group by forms.control_form_id
)

select
    control_form_id,
    name,
    kind is not distinct from 'контрольная' as is_control,
    kind is not distinct from 'домашняя' as is_home
from kinds;

----------------------------------------------------------------------------------------------------------- students --

create temp table profiles as
with recursive newest as (
    from raw.students
    where _load_date >= last_snapshot('students')
    qualify row_number() over (
        partition by student_profile_id
        order by coalesce(updated_at, delivered(_load_date)) desc nulls last, _load_date desc, _row desc
    ) = 1
),

known as (
    select student_profile_id as profile_id, merged_to as target_id
    from newest
    where deleted_at is null and not coalesce(deleted, false)
),

edges as (
    from known semi join known as target on known.target_id = target.profile_id
),

-- Every profile that a merged one leads to; `union` ends a walk that turns in a circle.
reached as (
    select profile_id, target_id from edges
    union
    select reached.profile_id, edges.target_id
    from reached
    inner join edges on reached.target_id = edges.profile_id
),

cyclic as (
    select profile_id from reached where profile_id = target_id
),

followed as (
    from edges anti join cyclic on edges.profile_id = cyclic.profile_id
),

walked as (
    select profile_id, target_id from followed
    union all
    select walked.profile_id, followed.target_id
    from walked
    inner join followed on walked.target_id = followed.profile_id
),

ends as (
    from walked anti join followed on walked.target_id = followed.profile_id
)

select
    known.profile_id,
    coalesce(ends.target_id, known.profile_id) as student_profile_id,
    cast(dense_rank() over (order by coalesce(ends.target_id, known.profile_id)) as integer) as person_no
from known
left join ends on known.profile_id = ends.profile_id;

create temp table enrollments as
with newest as (
    from raw.enrollments
    where _load_date >= last_snapshot('enrollments')
    qualify row_number() over (
        partition by enrollment_id
        order by coalesce(updated_at, delivered(_load_date)) desc nulls last, _load_date desc, _row desc
    ) = 1
)

select
    newest.enrollment_id,
    profiles.student_profile_id,
    profiles.person_no,
    newest.organization_id,
    newest.class_unit_id,
    newest.begin_date,
    coalesce(newest.end_date, date '9999-12-31') as end_date
from newest
inner join profiles on newest.student_profile_id = profiles.profile_id
where
    newest.deleted_at is null
    and not coalesce(newest.deleted, false)
    and coalesce(newest.end_date, date '9999-12-31') >= newest.begin_date;

-- A student in a year: what the marts of performance group by.
create temp table students as
with last_period_days as (
    select organization_id, academic_year_id, max(end_date) as last_period_day
    from attestation_periods
    group by organization_id, academic_year_id
),

in_year as (
    select
        years.year_no,
        years.academic_year_id,
        enrollments.*,
        least(years.as_of, last_period_days.last_period_day) as last_day
    from enrollments
    inner join years on enrollments.begin_date <= years.as_of and enrollments.end_date >= years.begin_date
    left join last_period_days
        on
            enrollments.organization_id = last_period_days.organization_id
            and years.academic_year_id = last_period_days.academic_year_id
),

chosen as (
    select *, begin_date <= last_day and end_date >= last_day as is_active
    from in_year
    qualify row_number() over (
        partition by year_no, student_profile_id
        order by begin_date <= last_day and end_date >= last_day desc, begin_date desc, enrollment_id desc
    ) = 1
)

select
    cast(row_number() over () as integer) as student_no,
    chosen.year_no,
    chosen.person_no,
    chosen.is_active,
    class_units.class_no,
    schedules.schedule_no,
    chosen.academic_year_id,
    chosen.organization_id,
    class_units.class_unit_id,
    class_units.class_level,
    chosen.student_profile_id
from chosen
left join class_units
    on chosen.class_unit_id = class_units.class_unit_id and chosen.academic_year_id = class_units.academic_year_id
left join schedules on class_units.attestation_periods_schedule_id = schedules.schedule_id;

create temp table profile_years as
select
    profiles.profile_id,
    students.student_no,
    students.schedule_no,
    years.begin_date as first_day,
    least(years.last_date, years.as_of) as last_day,
    years.end_date as year_end_date,
    years.as_of
from profiles
inner join students on profiles.person_no = students.person_no
inner join years on students.year_no = years.year_no;

create temp table members as
select
    study_groups.group_no,
    profiles.person_no,
    delivered_rows.begin_date,
    coalesce(delivered_rows.end_date, date '9999-12-31') as end_date
from raw.group_members as delivered_rows
anti join superseded_members as superseded
    on delivered_rows._load_date = superseded._load_date and delivered_rows._row = superseded._row
inner join study_groups on delivered_rows.group_id = study_groups.group_id
inner join profiles on delivered_rows.student_profile_id = profiles.profile_id
where
    delivered_rows._load_date >= last_snapshot('group_members')
    and delivered_rows.deleted_at is null
    and not coalesce(delivered_rows.deleted, false)
    and coalesce(delivered_rows.end_date, date '9999-12-31') >= delivered_rows.begin_date;

-------------------------------------------------------------------------------------------------------------- marks --

create temp view live_marks as
with placed as (
    select
        delivered_rows.mark_id,
        delivered_rows.schedule_lesson_id,
        delivered_rows.control_form_id,
        delivered_rows.date,
        delivered_rows.name,
        coalesce(delivered_rows.weight, 1) as weight,
        five_point(delivered_rows.five, delivered_rows.name, delivered_rows.grade_system_type) as five,
        coalesce(delivered_rows.is_point, false) as is_point,
        delivered_rows.point_date,
        profile_years.student_no,
        profile_years.year_end_date,
        profile_years.as_of,
        subjects.subject_no,
        coalesce(study_groups.schedule_no, profile_years.schedule_no) as schedule_no
    from raw.marks as delivered_rows
    anti join superseded_marks as superseded
        on delivered_rows._load_date = superseded._load_date and delivered_rows._row = superseded._row
    inner join profile_years
        on
            delivered_rows.student_profile_id = profile_years.profile_id
            and delivered_rows.date between profile_years.first_day and profile_years.last_day
    inner join study_groups on delivered_rows.group_id = study_groups.group_id
    inner join subjects on delivered_rows.subject_id = subjects.subject_id
    where
        delivered_rows._load_date >= last_snapshot('marks')
        and delivered_rows.deleted_at is null
        and not coalesce(delivered_rows.deleted, false)
)

select
    placed.*,
    coalesce(period_days.period_no, 0) as period_no,
    is_point and as_of <= least(point_date, coalesce(period_days.end_date, year_end_date)) as is_active_point
from placed
left join period_days on placed.schedule_no = period_days.schedule_no and placed.date = period_days.date;

create temp table marks as
select
    student_no,
    subject_no,
    coalesce(schedule_no, 0) as schedule_no,
    period_no,
    date,
    five * cast(weight as decimal(1, 0)) as points,
    cast(weight as tinyint) as weight,
    coalesce(is_control, false) as is_control,
    coalesce(is_home, false) as is_home
from live_marks
left join control_forms on live_marks.control_form_id = control_forms.control_form_id
where five is not null and not is_active_point;

create temp table period_sums as
select
    student_no,
    subject_no,
    schedule_no,
    period_no,
    count(*) as marks_count,
    total_points(sum(points)) as points,
    total_weight(sum(weight)) as weights,
    total_points(sum(points) filter (where is_control)) as control_points,
    total_weight(sum(weight) filter (where is_control)) as control_weights,
    total_points(sum(points) filter (where is_home)) as home_points,
    total_weight(sum(weight) filter (where is_home)) as home_weights,
    max(date) as last_date
from marks
group by student_no, subject_no, schedule_no, period_no;

create temp table last_days as
select
    marks.student_no,
    marks.subject_no,
    marks.schedule_no,
    marks.period_no,
    any_value(marks.date) as date,
    total_points(sum(marks.points)) as points,
    total_weight(sum(marks.weight)) as weights
from marks
inner join period_sums
    on
        marks.student_no = period_sums.student_no
        and marks.subject_no = period_sums.subject_no
        and marks.schedule_no = period_sums.schedule_no
        and marks.period_no = period_sums.period_no
        and marks.date = period_sums.last_date
group by marks.student_no, marks.subject_no, marks.schedule_no, marks.period_no;

create temp table week_sums as
select
    student_no,
    subject_no,
    (date - date '1970-01-05') // 7 as week_no,
    count(*) as marks_count,
    total_points(sum(points)) as points,
    total_weight(sum(weight)) as weights,
    ratio(total_points(sum(points)), total_weight(sum(weight))) as average
from marks
group by student_no, subject_no, week_no;

drop table marks;

------------------------------------------------------------------------------------------------------------ weekly --

create temp table class_weeks as
select class_no, subject_no, week_no, mean(average) as average, count(average) as students
from week_sums
inner join students on week_sums.student_no = students.student_no and students.is_active
where class_no is not null
group by class_no, subject_no, week_no;

create table marts.weekly_dynamics as
with running as (
    select
        *,
        sum(points) over so_far as running_points,
        sum(weights) over so_far as running_weights,
        lag(average) over so_far as previous_average
    from week_sums
    window so_far as (partition by student_no, subject_no order by week_no rows unbounded preceding)
)

select
    students.academic_year_id,
    students.class_unit_id,
    students.student_profile_id,
    subjects.subject_id,
    date '1970-01-05' + cast(running.week_no * 7 as integer) as week_begin,
    running.marks_count,
    cast(running.points as double) as weighted_sum,
    cast(running.weights as bigint) as weight_sum,
    running.average as week_average,
    class_weeks.average as class_week_average,
    case when students.class_no is not null then coalesce(class_weeks.students, 0) end as class_students,
    ratio(total_points(running_points), total_weight(running_weights)) as running_average,
    running.average - previous_average as change
from running
inner join students on running.student_no = students.student_no
inner join subjects on running.subject_no = subjects.subject_no
left join class_weeks
    on
        students.class_no = class_weeks.class_no
        and running.subject_no = class_weeks.subject_no
        and running.week_no = class_weeks.week_no;

drop table week_sums;

------------------------------------------------------------------------------------------------------------- cells --

-- A student's current period in each subject, over the schedules of the groups at as_of and of the counted marks.
create temp table courses as
with studied as (
    select
        students.student_no,
        students.year_no,
        study_groups.subject_no,
        coalesce(study_groups.schedule_no, students.schedule_no) as schedule_no,
        true as is_member
    from members
    inner join study_groups on members.group_no = study_groups.group_no and study_groups.subject_no is not null
    inner join years
        on study_groups.year_no = years.year_no and years.as_of between members.begin_date and members.end_date
    inner join students on members.person_no = students.person_no and years.year_no = students.year_no
    union all
    select period_sums.student_no, students.year_no, period_sums.subject_no, period_sums.schedule_no, false as is_member
    from period_sums
    inner join students on period_sums.student_no = students.student_no
)

select
    studied.student_no,
    studied.subject_no,
    max(current_periods.period_no) as period_no,
    bool_or(studied.is_member) as is_member
from studied
left join current_periods
    on studied.schedule_no = current_periods.schedule_no and studied.year_no = current_periods.year_no
group by studied.student_no, studied.subject_no;

-- Sums of the periods and of the year, with those before the last marked day.
create temp table sums as
with periods_with_marks as (
    select
        period_sums.* exclude (schedule_no, last_date),
        last_days.points as last_points,
        last_days.weights as last_weights,
        last_days.date as last_date
    from period_sums
    inner join last_days
        on
            period_sums.student_no = last_days.student_no
            and period_sums.subject_no = last_days.subject_no
            and period_sums.schedule_no = last_days.schedule_no
            and period_sums.period_no = last_days.period_no
),

year_sums as (
    select
        student_no,
        subject_no,
        0 as period_no,
        sum(marks_count) as marks_count,
        total_points(sum(points)) as points,
        total_weight(sum(weights)) as weights,
        total_points(sum(control_points)) as control_points,
        total_weight(sum(control_weights)) as control_weights,
        total_points(sum(home_points)) as home_points,
        total_weight(sum(home_weights)) as home_weights,
        max(last_date) as last_date
    from period_sums
    group by student_no, subject_no
),

-- The year's last marked day is that of the periods it falls into.
year_last_days as (
    select
        last_days.student_no,
        last_days.subject_no,
        total_points(sum(last_days.points)) as last_points,
        total_weight(sum(last_days.weights)) as last_weights
    from last_days
    semi join year_sums
        on
            last_days.student_no = year_sums.student_no
            and last_days.subject_no = year_sums.subject_no
            and last_days.date = year_sums.last_date
    group by last_days.student_no, last_days.subject_no
),

unrated as (
    select * exclude (last_date) from periods_with_marks where period_no <> 0
    union all by name
    select year_sums.* exclude (last_date), year_last_days.last_points, year_last_days.last_weights
    from year_sums
    inner join year_last_days
        on year_sums.student_no = year_last_days.student_no and year_sums.subject_no = year_last_days.subject_no
)

select
    student_no,
    subject_no,
    period_no,
    cast(marks_count as bigint) as marks_count,
    cast(points as double) as weighted_sum,
    cast(weights as bigint) as weight_sum,
    ratio(points, weights) as average,
    ratio(points - last_points, weights - last_weights) as earlier_average,
    rounded_mark(ratio(control_points, control_weights)) as control_mark,
    rounded_mark(ratio(home_points, home_weights)) as home_mark,
    rounded_mark(
        ratio(points - coalesce(control_points, 0), weights - coalesce(control_weights, 0))
    ) as rest_mark,
    rounded_mark(
        ratio(
            points - coalesce(control_points, 0) - coalesce(home_points, 0),
            weights - coalesce(control_weights, 0) - coalesce(home_weights, 0)
        )
    ) as class_mark
from unrated;

create temp table cells as
with studied as (
    select student_no, subject_no, period_no from courses where is_member and period_no is not null
    union all
    select student_no, subject_no, 0 as period_no from courses where is_member
),

without_marks as (
    from studied
    anti join sums
        on
            studied.student_no = sums.student_no
            and studied.subject_no = sums.subject_no
            and studied.period_no = sums.period_no
),

every_cell as (
    select student_no, subject_no, period_no, marks_count, weighted_sum, weight_sum, average, earlier_average from sums
    union all by name
    select *, 0 as marks_count, 0 as weighted_sum, 0 as weight_sum from without_marks
)

select
    every_cell.*,
    every_cell.period_no is not distinct from courses.period_no as is_current,
    students.is_active,
    students.class_no
from every_cell
inner join courses on every_cell.student_no = courses.student_no and every_cell.subject_no = courses.subject_no
inner join students on every_cell.student_no = students.student_no;

create temp table class_cells as
select
    class_no,
    subject_no,
    period_no,
    bool_or(is_current and average is not null) as is_current,
    mean(average) as average,
    count(average) as students,
    cast(sum(marks_count) as bigint) as marks_count,
    count(*) filter (where average < 2.5) as students_at_risk
from cells
where is_active and class_no is not null
group by class_no, subject_no, period_no;

create table marts.class_subject_averages as
select
    class_units.academic_year_id,
    class_units.organization_id,
    class_units.class_unit_id,
    subjects.subject_id,
    periods.attestation_period_id,
    case when class_cells.period_no = 0 then 'year' else 'period' end as period_kind,
    class_cells.is_current,
    class_cells.average as class_average,
    class_cells.students as students_count,
    class_cells.marks_count,
    class_cells.students_at_risk
from class_cells
inner join class_units on class_cells.class_no = class_units.class_no
inner join subjects on class_cells.subject_no = subjects.subject_no
inner join periods on class_cells.period_no = periods.period_no
where class_cells.students > 0;

create table marts.student_subject_averages as
with targets as (
    select *, case when average is not null then least(rounded_mark(average) + 1, 5) end as target_mark
    from cells
)

select
    students.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    students.student_profile_id,
    subjects.subject_id,
    periods.attestation_period_id,
    case when targets.period_no = 0 then 'year' else 'period' end as period_kind,
    targets.is_current,
    targets.marks_count,
    targets.weighted_sum,
    targets.weight_sum,
    targets.average,
    cast(round(exact(targets.average), 2) as decimal(4, 2)) as average_shown,
    case
        when exact(targets.average) > exact(targets.earlier_average) then 'UP'
        when exact(targets.average) < exact(targets.earlier_average) then 'DOWN'
        else 'NONE'
    end as dynamic,
    targets.target_mark,
    case when targets.average is not null then fives_to_reach(targets.target_mark, weighted_sum, weight_sum) end
        as target_five_marks,
    class_cells.average as class_average,
    case when targets.class_no is not null then coalesce(class_cells.students, 0) end as class_students
from targets
inner join students on targets.student_no = students.student_no
inner join subjects on targets.subject_no = subjects.subject_no
inner join periods on targets.period_no = periods.period_no
left join class_cells
    on
        targets.class_no = class_cells.class_no
        and targets.subject_no = class_cells.subject_no
        and targets.period_no = class_cells.period_no;

-------------------------------------------------------------------------------------------------- student averages --

create table marts.student_averages as
with means as (
    select
        student_no,
        case when period_no = 0 then 'year' else 'current' end as scope,
        count(*) as subjects_count,
        mean(average) as average
    from cells
    where average is not null and (period_no = 0 or is_current)
    group by student_no, scope
),

scoped as (
    select
        students.*,
        scopes.scope,
        coalesce(means.subjects_count, 0) as subjects_count,
        means.average,
        cast(round(round(exact(means.average), 9), 2) as decimal(4, 2)) as average_shown
    from students
    cross join (values ('current'), ('year')) as scopes (scope)
    left join means on students.student_no = means.student_no and scopes.scope = means.scope
),

class_figures as (
    select class_no, scope, mean(average) as average, count(average) as students
    from scoped
    where is_active and class_no is not null
    group by class_no, scope
),

parallel_figures as (
    select year_no, organization_id, class_level, scope, mean(average) as average, count(average) as students
    from scoped
    where is_active and class_level is not null
    group by year_no, organization_id, class_level, scope
),

school_figures as (
    select year_no, organization_id, scope, count(average) as students
    from scoped
    where is_active
    group by year_no, organization_id, scope
),

ranks as (
    select
        student_no,
        scope,
        case
            when class_no is not null then dense_rank() over (partition by class_no, scope order by average_shown desc)
        end as class_rank,
        dense_rank() over (partition by year_no, organization_id, scope order by average_shown desc) as school_rank
    from scoped
    where is_active and average_shown is not null
)

select
    scoped.academic_year_id,
    scoped.organization_id,
    scoped.class_unit_id,
    scoped.class_level,
    scoped.student_profile_id,
    scoped.scope,
    scoped.is_active,
    scoped.subjects_count,
    scoped.average,
    scoped.average_shown,
    class_figures.average as class_average,
    case when scoped.class_no is not null then coalesce(class_figures.students, 0) end as class_students,
    parallel_figures.average as parallel_average,
    case when scoped.class_level is not null then coalesce(parallel_figures.students, 0) end as parallel_students,
    ranks.class_rank,
    ranks.school_rank,
    case when scoped.class_no is not null then coalesce(class_figures.students, 0) end as class_ranked,
    coalesce(school_figures.students, 0) as school_ranked
from scoped
left join class_figures on scoped.class_no = class_figures.class_no and scoped.scope = class_figures.scope
left join parallel_figures
    on
        scoped.year_no = parallel_figures.year_no
        and scoped.organization_id = parallel_figures.organization_id
        and scoped.class_level = parallel_figures.class_level
        and scoped.scope = parallel_figures.scope
left join school_figures
    on
        scoped.year_no = school_figures.year_no
        and scoped.organization_id = school_figures.organization_id
        and scoped.scope = school_figures.scope
left join ranks on scoped.student_no = ranks.student_no and scoped.scope = ranks.scope;

------------------------------------------------------------------------------------------------------- final marks --

create table marts.final_marks as
with finals as (
    select
        students.student_no,
        subjects.subject_no,
        periods.period_no,
        final_mark_rows.name,
        final_mark_rows.five,
        final_mark_rows.is_academic_debt
    from final_mark_rows
    inner join profiles on final_mark_rows.student_profile_id = profiles.profile_id
    inner join students
        on
            profiles.person_no = students.person_no
            and final_mark_rows.academic_year_id = students.academic_year_id
    inner join subjects on final_mark_rows.subject_id = subjects.subject_id
    inner join periods on final_mark_rows.attestation_period_id is not distinct from periods.attestation_period_id
    qualify row_number() over (
        partition by students.student_no, subjects.subject_no, periods.period_no
        order by final_mark_rows.version_at desc, final_mark_rows.final_mark_id desc
    ) = 1
),

marked as (
    select
        coalesce(sums.student_no, finals.student_no) as student_no,
        coalesce(sums.subject_no, finals.subject_no) as subject_no,
        coalesce(sums.period_no, finals.period_no) as period_no,
        finals.name,
        finals.five,
        sums.average,
        finals.student_no is null as has_no_final,
        coalesce(finals.is_academic_debt, false) as is_academic_debt,
        case
            when control_mark <> rest_mark or (control_mark is not null and rest_mark is null) then control_mark
            else coalesce(class_mark, home_mark)
        end as recommended_five
    from sums
    full join finals
        on
            sums.student_no = finals.student_no
            and sums.subject_no = finals.subject_no
            and sums.period_no = finals.period_no
)

select
    students.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    students.student_profile_id,
    subjects.subject_id,
    periods.attestation_period_id,
    marked.name as final_mark,
    marked.five as final_five,
    marked.average as subject_average,
    marked.five - marked.average as gap,
    has_no_final
    and coalesce(
        case when marked.period_no = 0 then years.end_date else periods.end_date end < getvariable('as_of'), false
    ) as is_missing,
    marked.is_academic_debt,
    marked.recommended_five
from marked
inner join students on marked.student_no = students.student_no
inner join years on students.year_no = years.year_no
inner join subjects on marked.subject_no = subjects.subject_no
inner join periods on marked.period_no = periods.period_no;

---------------------------------------------------------------------------------- lessons and control works --

create temp view live_lessons as
select
    delivered_rows.schedule_lesson_id,
    delivered_rows.group_id,
    delivered_rows.date,
    delivered_rows.cancelled,
    delivered_rows.topic
from raw.lessons as delivered_rows
anti join superseded_lessons as superseded
    on delivered_rows._load_date = superseded._load_date and delivered_rows._row = superseded._row
where
    delivered_rows._load_date >= last_snapshot('lessons')
    and delivered_rows.deleted_at is null
    and not coalesce(delivered_rows.deleted, false);

create table marts.control_works as
with control_marks as (
    select
        live_marks.*,
        control_forms.name as control_form_name,
        students.class_no,
        five is not null and not is_active_point and students.is_active as is_counted_of_class
    from live_marks
    inner join control_forms
        on live_marks.control_form_id = control_forms.control_form_id and control_forms.is_control
    inner join students on live_marks.student_no = students.student_no
),

class_figures as (
    select
        class_no,
        schedule_lesson_id,
        control_form_id,
        ratio(sum(five), count(five)) as average,
        count(*) as marks_count
    from control_marks
    where is_counted_of_class and class_no is not null
    group by class_no, schedule_lesson_id, control_form_id
)

select
    students.academic_year_id,
    students.organization_id,
    students.class_unit_id,
    students.student_profile_id,
    subjects.subject_id,
    works.mark_id,
    works.date,
    periods.attestation_period_id,
    works.control_form_id,
    works.control_form_name,
    live_lessons.topic,
    works.name as mark,
    cast(works.five as double) as five,
    works.weight,
    class_figures.average as class_average_of_work,
    case when works.class_no is not null then coalesce(class_figures.marks_count, 0) end as class_marks_of_work
from control_marks as works
anti join absence_letters on lower(trim(works.name)) = absence_letters.name
inner join students on works.student_no = students.student_no
inner join subjects on works.subject_no = subjects.subject_no
inner join periods on works.period_no = periods.period_no
left join live_lessons on works.schedule_lesson_id = live_lessons.schedule_lesson_id
left join class_figures
    on
        works.class_no = class_figures.class_no
        and works.schedule_lesson_id = class_figures.schedule_lesson_id
        and works.control_form_id = class_figures.control_form_id
where not works.is_active_point and not (works.is_point and works.five is null);

-------------------------------------------------------------------------------------------------------- attendance --

create temp table held_lessons as
select
    cast(row_number() over () as integer) as lesson_no,
    live_lessons.schedule_lesson_id,
    study_groups.group_no,
    live_lessons.date
from live_lessons
inner join study_groups on live_lessons.group_id = study_groups.group_id
inner join days on live_lessons.date = days.date
where not coalesce(live_lessons.cancelled, false);

-- When a student was in a group, as spans that do not overlap.
create temp table group_days as
with repeated as (
    select group_no, person_no from members group by group_no, person_no having count(*) > 1
),

reaching as (
    select
        members.*,
        max(end_date) over (
            partition by members.group_no, members.person_no order by begin_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as reached_before
    from members
    semi join repeated on members.group_no = repeated.group_no and members.person_no = repeated.person_no
),

numbered as (
    select
        *,
        sum(case when reached_before >= begin_date then 0 else 1 end) over (
            partition by group_no, person_no order by begin_date, end_date rows unbounded preceding
        ) as span
    from reaching
)

select members.group_no, members.person_no, members.begin_date as from_date, members.end_date as to_date
from members
anti join repeated on members.group_no = repeated.group_no and members.person_no = repeated.person_no
union all
select group_no, person_no, min(begin_date) as from_date, max(end_date) as to_date
from numbered
group by group_no, person_no, span;

-- Where a student was enrolled on each day, as spans that do not overlap.
create temp table class_days as
with edges as (
    select person_no, begin_date as from_date from enrollments
    union
    select person_no, end_date + 1 as from_date from enrollments where end_date < date '9999-12-31'
),

spans as (
    select
        person_no,
        from_date,
        coalesce(lead(from_date) over (partition by person_no order by from_date) - 1, date '9999-12-31') as to_date
    from edges
),

covered as (
    select spans.*, enrollments.organization_id, enrollments.class_unit_id, enrollments.student_profile_id
    from spans
    inner join enrollments
        on
            spans.person_no = enrollments.person_no
            and spans.from_date >= enrollments.begin_date
            and spans.to_date <= enrollments.end_date
    qualify row_number() over (
        partition by spans.person_no, spans.from_date
        order by enrollments.begin_date desc, enrollments.enrollment_id desc
    ) = 1
)

select
    covered.person_no,
    covered.student_profile_id,
    greatest(covered.from_date, years.begin_date) as from_date,
    least(covered.to_date, years.last_date, years.as_of) as to_date,
    years.academic_year_id,
    covered.organization_id,
    class_units.class_unit_id
from covered
inner join years
    on covered.from_date <= least(years.last_date, years.as_of) and covered.to_date >= years.begin_date
left join class_units
    on covered.class_unit_id = class_units.class_unit_id and years.academic_year_id = class_units.academic_year_id;

create temp table absences as
select
    profiles.person_no,
    held_lessons.lesson_no,
    held_lessons.date,
    delivered_rows.attendance_id,
    coalesce(delivered_rows.updated_at, delivered_rows.created_at, delivered(delivered_rows._load_date))
        as version_at,
    coalesce(absence_reasons.is_excused, delivered_rows.absence_reason_id is not null) as is_excused,
    coalesce(absence_reasons.is_illness, false) as is_illness
from raw.attendances as delivered_rows
anti join superseded_attendances as superseded
    on delivered_rows._load_date = superseded._load_date and delivered_rows._row = superseded._row
inner join profiles on delivered_rows.student_profile_id = profiles.profile_id
inner join held_lessons on delivered_rows.schedule_lesson_id = held_lessons.schedule_lesson_id
inner join group_days
    on
        held_lessons.group_no = group_days.group_no
        and profiles.person_no = group_days.person_no
        and held_lessons.date between group_days.from_date and group_days.to_date
left join absence_reasons on delivered_rows.absence_reason_id = absence_reasons.absence_reason_id
where
    delivered_rows._load_date >= last_snapshot('attendances')
    and delivered_rows.deleted_at is null
    and not coalesce(delivered_rows.deleted, false);

create temp table missed as
with repeated as (
    select person_no, lesson_no from absences group by person_no, lesson_no having count(*) > 1
),

once as (
    select absences.person_no, absences.date, absences.is_excused, absences.is_illness
    from absences
    anti join repeated on absences.person_no = repeated.person_no and absences.lesson_no = repeated.lesson_no
    union all
    from (
        select absences.person_no, absences.date, absences.is_excused, absences.is_illness
        from absences
        semi join repeated on absences.person_no = repeated.person_no and absences.lesson_no = repeated.lesson_no
        qualify row_number() over (
            partition by absences.person_no, absences.lesson_no
            order by absences.version_at desc, absences.attendance_id desc
        ) = 1
    )
)

select
    person_no,
    date,
    count(*) as lessons_missed,
    count(*) filter (where is_excused) as missed_excused,
    count(*) filter (where is_illness) as missed_by_illness
from once
group by person_no, date;

-- Classmates share their lessons: students whose spans are the same, clipped to the days that count, have one
-- timetable. A span is packed into one number: the group, and two days of the years at hand.
create temp table timetables as
with spans as (
    select
        person_no,
        list_sort(
            list(
                cast(group_no as bigint) * 1000000000
                + (greatest(from_date, getvariable('first_day')) - getvariable('first_day')) * 10000
                + (least(to_date, getvariable('last_day')) - getvariable('first_day'))
            )
        ) as spans
    from group_days
    where to_date >= getvariable('first_day') and from_date <= getvariable('last_day')
    group by person_no
)

select min(person_no) as timetable_no, list(person_no) as persons
from spans
group by spans;

create temp table held as
with group_dates as (
    select group_no, date, count(*) as lessons
    from held_lessons
    group by group_no, date
),

timetable_dates as (
    select
        group_days.person_no as timetable_no,
        group_dates.date,
        cast(sum(group_dates.lessons) as integer) as lessons_held
    from group_dates
    inner join group_days
        on
            group_dates.group_no = group_days.group_no
            and group_dates.date between group_days.from_date and group_days.to_date
    semi join timetables on group_days.person_no = timetables.timetable_no
    group by group_days.person_no, group_dates.date
)

select students.person_no, timetable_dates.date, timetable_dates.lessons_held
from timetable_dates
inner join (select timetable_no, unnest(persons) as person_no from timetables) as students
    on timetable_dates.timetable_no = students.timetable_no;

create table marts.attendance as
select
    class_days.academic_year_id,
    class_days.organization_id,
    class_days.class_unit_id,
    class_days.student_profile_id,
    held.date,
    held.lessons_held,
    cast(coalesce(missed.lessons_missed, 0) as integer) as lessons_missed,
    cast(coalesce(missed.missed_excused, 0) as integer) as missed_excused,
    cast(coalesce(missed.lessons_missed - missed.missed_excused, 0) as integer) as missed_unexcused,
    cast(coalesce(missed.missed_by_illness, 0) as integer) as missed_by_illness,
    coalesce(missed.lessons_missed, 0) = held.lessons_held as full_day_missed
from held
inner join class_days
    on held.person_no = class_days.person_no and held.date between class_days.from_date and class_days.to_date
left join missed on held.person_no = missed.person_no and held.date = missed.date;

create table marts.class_attendance as
with class_dates as (
    select
        class_unit_id,
        date,
        count(*) filter (where lessons_missed > 0) as students_absent,
        count(*) filter (where full_day_missed) as students_absent_all_day,
        cast(sum(lessons_held) as bigint) as lessons_held,
        cast(sum(lessons_missed) as bigint) as lessons_missed
    from marts.attendance
    where class_unit_id is not null
    group by class_unit_id, date
),

-- Most of a class came and stays for the same days.
class_spans as (
    select class_unit_id, from_date, to_date, count(*) as students
    from class_days
    where class_unit_id is not null
    group by class_unit_id, from_date, to_date
),

enrolled as (
    select class_dates.class_unit_id, class_dates.date, cast(sum(class_spans.students) as bigint) as students
    from class_dates
    inner join class_spans
        on
            class_dates.class_unit_id = class_spans.class_unit_id
            and class_dates.date between class_spans.from_date and class_spans.to_date
    group by class_dates.class_unit_id, class_dates.date
)

select
    class_units.academic_year_id,
    class_units.organization_id,
    class_dates.class_unit_id,
    class_dates.date,
    enrolled.students as students_enrolled,
    class_dates.students_absent,
    class_dates.students_absent_all_day,
    class_dates.lessons_held,
    class_dates.lessons_missed,
    ratio(class_dates.lessons_held - class_dates.lessons_missed, class_dates.lessons_held) as attendance_rate
from class_dates
inner join enrolled on class_dates.class_unit_id = enrolled.class_unit_id and class_dates.date = enrolled.date
inner join class_units on class_dates.class_unit_id = class_units.class_unit_id;

---------------------------------------------------------------------------------------------------------- calendar --

create table marts.calendar as
with classes as (
    select class_units.*, getvariable('as_of') as as_of, schedules.schedule_no, years.year_no
    from class_units
    inner join years on class_units.academic_year_id = years.academic_year_id and years.is_current
    left join schedules on class_units.attestation_periods_schedule_id = schedules.schedule_id
),

newest as (
    from raw.kug_periods
    qualify row_number() over (partition by kug_period_id order by _load_date desc, _row desc) = 1
),

kug_periods as (
    select newest.*
    from newest
    left join year_snapshots
        on year_snapshots.dataset = 'kug_periods' and newest.academic_year_id = year_snapshots.academic_year_id
    left join rejected_rows
        on rejected_rows.dataset = 'kug_periods' and newest.kug_period_id = rejected_rows.row_key
    where coalesce(greatest(newest._load_date, rejected_rows.load_date) >= year_snapshots.load_date, true)
),

vacations as (
    select
        classes.class_no,
        bool_or(kug_periods.kind = 'vacation' and classes.as_of between kug_periods.begin_date and kug_periods.end_date)
            as on_vacation,
        arg_min(kug_periods, (kug_periods.begin_date, kug_periods.kug_period_id)) filter (
            where kug_periods.kind = 'vacation' and kug_periods.begin_date > classes.as_of
        ) as next_vacation
    from classes
    inner join kug_periods
        on
            classes.periods_schedule_id = kug_periods.periods_schedule_id
            and classes.academic_year_id = kug_periods.academic_year_id
    group by classes.class_no
)

select
    classes.organization_id,
    classes.class_unit_id,
    classes.as_of,
    cast(vacations.next_vacation.begin_date - classes.as_of as integer) as days_to_vacation,
    vacations.next_vacation.name as vacation_name,
    vacations.next_vacation.begin_date as vacation_begin,
    vacations.next_vacation.end_date as vacation_end,
    vacations.on_vacation,
    current_periods.name as current_period_name,
    current_periods.begin_date as period_begin,
    current_periods.end_date as period_end
from classes
left join vacations on classes.class_no = vacations.class_no
left join current_periods
    on classes.schedule_no = current_periods.schedule_no and classes.year_no = current_periods.year_no;
