INSERT INTO source_key (source, resource_type, source_ref, resource_id)
SELECT source, resource_type, source_ref, resource_id FROM resource_key
WHERE source_ref = resource_id;
DROP TABLE reading;
DROP TABLE identity_claim;
DROP INDEX demographics_by_birth;
DROP INDEX person_identifier_by_value;
DROP TABLE search_row;
