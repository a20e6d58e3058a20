-- Reads: item.
SELECT small_id(item_no, 20) AS achievement_type_id, value AS name
FROM item
WHERE list = 'achievement_type'
ORDER BY item_no
