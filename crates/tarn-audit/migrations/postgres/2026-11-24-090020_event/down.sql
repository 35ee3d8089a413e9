DROP TABLE head;
DROP TABLE event;
DROP FUNCTION refuse_change();
