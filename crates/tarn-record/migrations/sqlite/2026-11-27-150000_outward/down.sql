DROP TABLE outward_id;
