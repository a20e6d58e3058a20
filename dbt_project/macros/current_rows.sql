{#
  The current version of each row of a dataset (1-extracts.md), as the CTEs `standing` → `current_rows`.

  A row *stands* if it came with the last snapshot that speaks of it (of its academic year, where the dataset has one),
  or after that, or if there never was a snapshot. Of the versions of a key a standing one wins, then the newest
  version, then the newest delivery, then the later row of that delivery. A deleted row is gone.

  vanished: keep (a dictionary: a row that no longer stands stays, `is_current` = false) or drop.
#}
{% macro current_rows(dataset, key, version, scope=none, vanished="drop", deletable=true) %}
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

    versions as (
        select
            rows_delivered.*,
            {{ version }} as _version_at,
            coalesce(rows_delivered._load_date >= last_snapshots.load_date, true) as is_current
        from {{ source("raw", dataset) }} as rows_delivered
        {% if scope %}
        left join last_snapshots on rows_delivered.{{ scope }} = last_snapshots.scope
        {% else %}
        cross join last_snapshots
        {% endif %}
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by {{ key | join(", ") }}
                order by is_current desc, _version_at desc nulls last, _load_date desc, _row desc
            ) as _rank
        from versions
        {% if vanished == "drop" %}where is_current{% endif %}

    ),

    current_rows as (
        select * from ranked
        where _rank = 1 {% if deletable %}and deleted_at is null and not coalesce(deleted, false){% endif %}

    )
{% endmacro %}
