DROP INDEX person_by_survivor;
ALTER TABLE person_key DROP COLUMN birth_precision;
ALTER TABLE person_key DROP COLUMN birth_at;
