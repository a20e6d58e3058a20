{#
  The current version of each row of a dataset (1-extracts.md), as the CTEs `standing` → `current_rows`.

  A row *stands* if it came with the last snapshot that speaks of it (of its academic year, where the dataset has one),
  or after that, or if there never was a snapshot. Of the versions of a key a standing one wins, then the newest
  version, then the newest delivery, then the later row of that delivery. A dataset without versions goes by delivery
  and row alone: a row that a later snapshot moved to another year must not come back from the snapshot of its old
  year. A deleted row is gone.

  rejected_key: the key as one text, by which the rejected rows of snapshots are known: a row whose new version was
  rejected has not vanished, its old version stays current, as long as no snapshot since then was without the key.
  kept: the table is kept from build to build: a build that continues another looks at the keys that came since. (Whole
  snapshots of such a dataset are for a full build alone.)
  vanished: keep (a dictionary: a row that no longer stands stays, `is_current` = false) or drop.
#}
{% macro current_rows(dataset, key, version, rejected_key, scope=none, vanished="drop", deletable=true, kept=false) %}
    {%- set only = "(" ~ arrived_keys(dataset, key) ~ ")" if kept and continues() else none %}
    {%- set has_version = version != "cast(null as timestamp)" %}
    snapshots as (
        {% if scope %}
        select distinct
            rows_delivered.{{ scope }} as scope,
            rows_delivered._load_date as load_date
        from {{ source("raw", dataset) }} as rows_delivered
        inner join {{ source("raw", "deliveries") }} as deliveries
            on
                deliveries.dataset = '{{ dataset }}'
                and deliveries.mode = 'snapshot'
                and rows_delivered._load_date = deliveries.load_date
        {% else %}
        select load_date
        from {{ source("raw", "deliveries") }}
        where dataset = '{{ dataset }}' and mode = 'snapshot'
        {% endif %}
    ),

    last_snapshots as (
        select
            {% if scope %}scope,{% endif %}
            max(load_date) as load_date
        from snapshots
        {% if scope %}group by scope{% endif %}
    ),

    -- Most rows have one version: only keys that came more than once are put in order.
    repeated as (
        select {{ key | join(", ") }}
        from {{ source("raw", dataset) }}
        {% if only %}where ({{ key | join(", ") }}) in {{ only }}{% endif %}

        group by {{ key | join(", ") }}
        having count(*) > 1
    ),

    rejected as (
        select distinct
            row_key,
            load_date
        from {{ source("raw", "rejected_keys") }}
        where dataset = '{{ dataset }}'
    ),

    -- A snapshot that also holds a good row of the key brought a version.
    brought as (
        select distinct
            rejected.row_key,
            rejected.load_date
        from {{ source("raw", dataset) }} as rows_delivered
        inner join rejected on {{ rejected_key }} = rejected.row_key and rows_delivered._load_date = rejected.load_date
    ),

    refused as (
        select
            rejected.row_key,
            rejected.load_date
        from rejected
        left join brought on rejected.row_key = brought.row_key and rejected.load_date = brought.load_date
        where brought.row_key is null
    ),

    -- What the last snapshot holds of a key is rejected: the last snapshot before that which did without it, or brought a
    -- version of it (null: none did).
    held as (
        select
            refused.row_key,
            {% if scope %}snapshots.scope,{% endif %}
            max(snapshots.load_date) filter (where refused_then.row_key is null) as since
        from refused
        inner join last_snapshots on refused.load_date = last_snapshots.load_date
        inner join snapshots on {% if scope %}last_snapshots.scope = snapshots.scope{% else %}true{% endif %}

        left join refused as refused_then
            on refused.row_key = refused_then.row_key and snapshots.load_date = refused_then.load_date
        group by refused.row_key{% if scope %}, snapshots.scope{% endif %}

    ),

    versions as (
        select
            rows_delivered.*,
            {{ version }} as _version_at,
            coalesce(rows_delivered._load_date >= last_snapshots.load_date, true)
            or (held.row_key is not null and coalesce(rows_delivered._load_date >= held.since, true)) as is_current,
            repeated.{{ key[0] }} is not null as _is_repeated
        from {{ source("raw", dataset) }} as rows_delivered
        {% if scope %}
        left join last_snapshots on rows_delivered.{{ scope }} = last_snapshots.scope
        {% else %}
        cross join last_snapshots
        {% endif %}
        left join held
            on {{ rejected_key }} = held.row_key{% if scope %} and rows_delivered.{{ scope }} = held.scope{% endif %}

        left join repeated
            on {% for column in key %}rows_delivered.{{ column }} = repeated.{{ column }}{{ " and " if not loop.last }}{% endfor %}

        {% if only %}where (rows_delivered.{{ key | join(", rows_delivered.") }}) in {{ only }}{% endif %}

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
