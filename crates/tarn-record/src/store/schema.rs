//! The tables, as both backends know them.

diesel::infix_operator!(BitAnd, " & ", diesel::sql_types::Integer);

diesel::table! {
    person (person_id) {
        person_id -> Binary,
        created_at -> BigInt,
        restricted -> Bool,
        merged_into -> Nullable<Binary>,
        revision -> BigInt,
    }
}

diesel::table! {
    person_key (system, value) {
        system -> Text,
        value -> Text,
        person_id -> Binary,
        birth_at -> Nullable<BigInt>,
        birth_precision -> Nullable<SmallInt>,
        origin -> Nullable<Binary>,
    }
}

diesel::table! {
    person_merge (gone, turn) {
        gone -> Binary,
        turn -> Integer,
        stays -> Binary,
        at -> BigInt,
        cause -> Text,
        said_by -> Nullable<Text>,
        said_of -> Nullable<Text>,
        undone_at -> Nullable<BigInt>,
        undone_by_operator -> Bool,
    }
}

diesel::table! {
    patient_link (said_by, said_of) {
        said_by -> Text,
        said_of -> Text,
        sayer_goes -> Bool,
    }
}

diesel::table! {
    filed (resource_type, resource_id) {
        resource_type -> Text,
        resource_id -> Text,
        origin -> Binary,
    }
}

diesel::table! {
    person_identifier (person_id, resource_type, resource_id, position) {
        person_id -> Binary,
        resource_type -> Text,
        resource_id -> Text,
        position -> Integer,
        system -> Text,
        value -> Text,
        source -> Text,
    }
}

diesel::table! {
    demographics (person_id, source, resource_id) {
        person_id -> Binary,
        source -> Text,
        resource_id -> Text,
        source_ref -> Text,
        received_at -> BigInt,
        nhs_number -> Nullable<Text>,
        family_folded -> Text,
        given_folded -> Text,
        birth_at -> Nullable<BigInt>,
        birth_precision -> Nullable<SmallInt>,
        restricted -> Bool,
        detail -> Text,
    }
}

diesel::table! {
    source (organisation) {
        organisation -> Text,
        name -> Text,
        short_name -> Text,
        kind -> Text,
        telephone -> Nullable<Text>,
        headings -> Text,
        connection -> Text,
        connection_at -> Nullable<BigInt>,
        cadence_seconds -> BigInt,
        last_heard_at -> Nullable<BigInt>,
        complete_to -> Nullable<BigInt>,
    }
}

diesel::table! {
    resource (person_id, resource_type, resource_id) {
        person_id -> Binary,
        resource_type -> Text,
        resource_id -> Text,
        version -> BigInt,
        source -> Text,
        source_ref -> Text,
        sha256 -> Binary,
        received_at -> BigInt,
        deleted -> Bool,
        headings -> Integer,
        labels -> Integer,
        body -> Text,
        rewrites -> Nullable<Text>,
    }
}

diesel::table! {
    resource_history (person_id, resource_type, resource_id, version) {
        person_id -> Binary,
        resource_type -> Text,
        resource_id -> Text,
        version -> BigInt,
        source -> Text,
        source_ref -> Text,
        sha256 -> Binary,
        received_at -> BigInt,
        deleted -> Bool,
        headings -> Integer,
        labels -> Integer,
        body -> Text,
        rewrites -> Nullable<Text>,
    }
}

diesel::table! {
    resource_key (resource_type, resource_id) {
        resource_type -> Text,
        resource_id -> Text,
        source -> Text,
        source_ref -> Text,
        person_id -> Nullable<Binary>,
    }
}

diesel::table! {
    source_key (source, resource_type, source_ref) {
        source -> Text,
        resource_type -> Text,
        source_ref -> Text,
        resource_id -> Text,
    }
}

diesel::table! {
    outward_id (resource_type, outward) {
        resource_type -> Text,
        #[sql_name = "outward_id"]
        outward -> Text,
        resource_id -> Text,
    }
}

diesel::table! {
    identifier_key (source, resource_type, value, system, resource_id) {
        source -> Text,
        resource_type -> Text,
        value -> Text,
        system -> Text,
        resource_id -> Text,
    }
}

diesel::table! {
    view_row (person_id, resource_type, resource_id, line_no) {
        person_id -> Binary,
        resource_type -> Text,
        resource_id -> Text,
        line_no -> Integer,
        source -> Text,
        heading -> SmallInt,
        clinical_at -> Nullable<BigInt>,
        clinical_precision -> Nullable<SmallInt>,
        until_at -> Nullable<BigInt>,
        until_precision -> Nullable<SmallInt>,
        recorded_at -> Nullable<BigInt>,
        recorded_precision -> Nullable<SmallInt>,
        received_at -> BigInt,
        code_system -> Nullable<Text>,
        code -> Nullable<Text>,
        display -> Text,
        status -> Text,
        polarity -> SmallInt,
        value -> Nullable<Text>,
        unit -> Nullable<Text>,
        labels -> Integer,
        detail -> Text,
    }
}

diesel::table! {
    search_row (person_id, resource_type, resource_id) {
        person_id -> Binary,
        resource_type -> Text,
        resource_id -> Text,
        source -> Text,
        headings -> Integer,
        labels -> Integer,
        received_at -> BigInt,
        answers -> Binary,
    }
}

diesel::table! {
    identity_claim (source, resource_type, value) {
        source -> Text,
        resource_type -> Text,
        value -> Text,
    }
}

diesel::table! {
    reading (id) {
        id -> Integer,
        form -> Integer,
        walked_to -> Nullable<Binary>,
    }
}

diesel::table! {
    relationship (person_id, organisation, resource_type, resource_id, position) {
        person_id -> Binary,
        organisation -> Text,
        resource_type -> Text,
        resource_id -> Text,
        position -> Integer,
        evidence -> Text,
        from_at -> Nullable<BigInt>,
        until_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    inbound (source, message_id) {
        source -> Text,
        message_id -> Text,
        sha256 -> Binary,
        received_at -> BigInt,
        created -> Integer,
        updated -> Integer,
        unchanged -> Integer,
        deleted -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(resource_key, source_key);
diesel::allow_tables_to_appear_in_same_query!(demographics, resource);
diesel::allow_tables_to_appear_in_same_query!(demographics, person_key);
diesel::allow_tables_to_appear_in_same_query!(demographics, person);

/// `resource_type = 'Patient'` of an identifier, written out so that the index of just those is
/// used: neither database looks into a bound value for that.
#[derive(Debug, Clone, Copy, diesel::query_builder::QueryId)]
pub(super) struct OfPatient;

impl diesel::expression::Expression for OfPatient {
    type SqlType = diesel::sql_types::Bool;
}

impl diesel::expression::ValidGrouping<()> for OfPatient {
    type IsAggregate = diesel::expression::is_aggregate::No;
}

impl diesel::AppearsOnTable<person_identifier::table> for OfPatient {}
impl diesel::SelectableExpression<person_identifier::table> for OfPatient {}

impl<DB: diesel::backend::Backend> diesel::query_builder::QueryFragment<DB> for OfPatient {
    fn walk_ast<'b>(
        &'b self,
        mut out: diesel::query_builder::AstPass<'_, 'b, DB>,
    ) -> diesel::QueryResult<()> {
        out.push_sql("person_identifier.resource_type = 'Patient'");
        Ok(())
    }
}
