-- Grain: control_form_id, the control forms that the last snapshot still names: does any kind match (J08)?
select
    forms.control_form_id,
    forms.organization_id,
    kinds.is_known as has_kind
from {{ ref("stg_control_forms") }} as forms
inner join {{ ref("int_control_forms") }} as kinds on forms.control_form_id = kinds.control_form_id
where forms.is_current
