DROP TABLE directive;
