{#
  The current version of each row of a dataset (1-extracts.md), as the CTEs `standing` → `current_rows`.

  A row *stands* if it came with the last snapshot that speaks of it (of its academic year, where the dataset has one),
  or after that, or if there never was a snapshot. Of the versions of a key a standing one wins, then the newest
  version, then the newest delivery, then the later row of that delivery. A dataset without versions goes by delivery
  and row alone: a row that a later snapshot moved to another year must not come back from the snapshot of its old
  year. A deleted row is gone.

  rejected_key: the key as one text, for a snapshot whose rejected rows are known by it: a row whose new version was
  rejected has not vanished, its old version stays current.
  vanished: keep (a dictionary: a row that no longer stands stays, `is_current` = false) or drop.
#}
{% macro current_rows(dataset, key, version, rejected_key=none, scope=none, vanished="drop", deletable=true) %}
    {%- set has_version = version != "cast(null as timestamp)" %}
    last_snapshots as (
        {% if scope %}
        select
            rows_delivered.{{ scope }} as scope,
            max(rows_delivered._load_date) as load_date
        from {{ source("raw", dataset) }} as rows_delivered
        inner join {{ source("raw", "deliveries") }} as deliveries
            on
                deliveries.dataset = '{{ dataset }}'
                and deliveries.mode = 'snapshot'
                and rows_delivered._load_date = deliveries.load_date
        group by rows_delivered.{{ scope }}
        {% else %}
        select max(load_date) as load_date
        from {{ source("raw", "deliveries") }}
        where dataset = '{{ dataset }}' and mode = 'snapshot'
        {% endif %}
    ),

    -- Most rows have one version: only keys that came more than once are put in order.
    repeated as (
        select {{ key | join(", ") }}
        from {{ source("raw", dataset) }}
        group by {{ key | join(", ") }}
        having count(*) > 1
    ),

    {% if rejected_key %}
    rejected as (
        select
            row_key,
            max(load_date) as load_date
        from {{ source("raw", "rejected_keys") }}
        where dataset = '{{ dataset }}'
        group by row_key
    ),

    {% endif %}
    versions as (
        select
            rows_delivered.*,
            {{ version }} as _version_at,
            {% if rejected_key %}
            coalesce(
                greatest(rows_delivered._load_date, rejected.load_date) >= last_snapshots.load_date, true
            ) as is_current,
            {% else %}
            coalesce(rows_delivered._load_date >= last_snapshots.load_date, true) as is_current,
            {% endif %}
            repeated.{{ key[0] }} is not null as _is_repeated
        from {{ source("raw", dataset) }} as rows_delivered
        {% if scope %}
        left join last_snapshots on rows_delivered.{{ scope }} = last_snapshots.scope
        {% else %}
        cross join last_snapshots
        {% endif %}
        {% if rejected_key %}
        left join rejected on {{ rejected_key }} = rejected.row_key
        {% endif %}
        left join repeated
            on {% for column in key %}rows_delivered.{{ column }} = repeated.{{ column }}{{ " and " if not loop.last }}{% endfor %}

    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by {{ key | join(", ") }}
                order by {% if has_version %}is_current desc, _version_at desc nulls last, {% endif %}_load_date desc, _row desc
            ) as _rank
        from versions
        where _is_repeated {% if has_version and vanished == "drop" %}and is_current{% endif %}

    ),

    standing as (
        select *
        from ranked
        where _rank = 1 {% if vanished == "drop" %}and is_current{% endif %}

        union all
        select
            *,
            1 as _rank
        from versions
        where not _is_repeated {% if vanished == "drop" %}and is_current{% endif %}

    ),

    current_rows as (
        select * from standing
        {% if deletable %}where deleted_at is null and not coalesce(deleted, false){% endif %}

    )
{% endmacro %}
