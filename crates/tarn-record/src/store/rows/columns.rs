//! Many rows in one statement.
//!
//! A statement with a place for each value of each row has another text for each number of rows:
//! the database would read and plan it anew each time, and that costs more than the rows do.
//! PostgreSQL takes each column of all rows as one array instead, so that one prepared statement
//! serves any number. SQLite, which has no round trips, is given one prepared row after another.

/// Makes `$statement`, which inserts many `$row`s into `$table` by columns. With `SKIPPING`, rows
/// whose key is there already are left out.
macro_rules! columns {
    ($statement:ident of $row:ident into $table:ident { $($column:ident: $field:ty as $sql:ty,)* }) => {
        /// Inserts many rows by columns.
        #[cfg(feature = "postgres")]
        pub(in crate::store) struct $statement<'r, const SKIPPING: bool> {
            $($column: Vec<&'r $field>,)*
        }

        #[cfg(feature = "postgres")]
        impl $row {
            /// The statement that inserts these rows.
            pub(in crate::store) fn insert<const SKIPPING: bool>(
                rows: &[Self],
            ) -> $statement<'_, SKIPPING> {
                $statement {
                    $($column: rows.iter().map(|row| &row.$column).collect(),)*
                }
            }
        }

        #[cfg(feature = "postgres")]
        impl<const SKIPPING: bool> diesel::query_builder::QueryId for $statement<'_, SKIPPING> {
            type QueryId = $statement<'static, SKIPPING>;
        }

        #[cfg(feature = "postgres")]
        impl<const SKIPPING: bool> diesel::query_builder::QueryFragment<diesel::pg::Pg>
            for $statement<'_, SKIPPING>
        {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql(concat!("INSERT INTO ", stringify!($table), " ("));
                let mut between = "";
                $(
                    out.push_sql(between);
                    out.push_identifier(stringify!($column))?;
                    between = ", ";
                )*
                out.push_sql(") SELECT * FROM UNNEST(");
                between = "";
                $(
                    out.push_sql(between);
                    out.push_bind_param::<diesel::sql_types::Array<$sql>, _>(&self.$column)?;
                    between = ", ";
                )*
                let _ = between;
                out.push_sql(if SKIPPING { ") ON CONFLICT DO NOTHING" } else { ")" });
                Ok(())
            }
        }
    };
}
pub(super) use columns;
