DROP TABLE acknowledgement;
DROP TABLE alert;
