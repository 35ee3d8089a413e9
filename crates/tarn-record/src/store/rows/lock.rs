/// The statement that locks what tells whose something is, for whoever takes a merge back. A delivery
/// reads it before it takes its people's locks; one that had read it and waited for the lock of the
/// person who stays would write under that person what is the other's by then.
///
/// Everybody else waits while it holds, readers too; it is only for what an operator does now and
/// then.
#[cfg(feature = "postgres")]
#[derive(Debug, Clone, Copy, diesel::query_builder::QueryId)]
pub(in crate::store) struct LockKeys;

#[cfg(feature = "postgres")]
impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for LockKeys {
    fn walk_ast<'b>(
        &'b self,
        mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
    ) -> diesel::QueryResult<()> {
        out.push_sql("LOCK TABLE person_key, resource_key IN ACCESS EXCLUSIVE MODE");
        Ok(())
    }
}
