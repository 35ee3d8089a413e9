DROP TABLE directive;
DROP FUNCTION refuse_change;
