DROP TABLE patient_link;
DROP TABLE filed;
DROP TABLE person_merge;
ALTER TABLE person_key DROP COLUMN origin;
