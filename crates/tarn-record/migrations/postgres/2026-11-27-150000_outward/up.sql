-- Under which id an entry leaves whose own id could tell where somebody is. Made when it is first
-- asked for, and random: nothing can be tried out against it.
CREATE TABLE outward_id (
    resource_type TEXT COLLATE "C" NOT NULL,
    outward_id TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (resource_type, outward_id),
    UNIQUE (resource_type, resource_id)
);
