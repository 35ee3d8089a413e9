DROP TABLE session;
DROP TABLE login_attempt;
