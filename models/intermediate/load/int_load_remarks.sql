-- Grain: remark × object_id (null where only the number counts). What the load report tells of the warehouse beside orphans:
-- merges that were not followed, control forms that match no kind (object_id: the form; how many marks it has), marks whose
-- value and name disagree.
with ignored_merges as (
    select
        case when targets.student_profile_id is null then 'merge_unknown_target' else 'merge_cycle' end as remark,
        cast(null as varchar) as object_id
    from {{ ref("int_student_profiles") }} as profiles
    inner join {{ ref("stg_students") }} as students on profiles.profile_id = students.student_profile_id
    left join {{ ref("stg_students") }} as targets on students.merged_to = targets.student_profile_id
    where profiles.is_merge_ignored
),

forms_of_marks as (
    select
        control_form_id,
        count(*) as marks_count
    from {{ ref("int_marks") }}
    group by control_form_id
)

select
    remark,
    object_id,
    count(*) as rows_count
from ignored_merges
group by remark, object_id
union all
-- A form that the last snapshot no longer names is of interest as long as it has marks.
select
    'control_form_unmatched' as remark,
    forms.control_form_id as object_id,
    coalesce(forms_of_marks.marks_count, 0) as rows_count
from {{ ref("stg_control_forms") }} as forms
inner join {{ ref("int_control_forms") }} as kinds on forms.control_form_id = kinds.control_form_id
left join forms_of_marks on forms.control_form_id = forms_of_marks.control_form_id
where not kinds.is_known and (forms.is_current or forms_of_marks.marks_count > 0)
union all
select
    'mark_value_mismatch' as remark,
    null as object_id,
    count(*) as rows_count
from {{ ref("int_quality_marks") }}
where not values_agree
