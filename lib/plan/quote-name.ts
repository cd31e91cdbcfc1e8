/** `delay`, `"dep time"`: a name as SQL reads it back. */
export function quoteName(name: string): string {
  return /^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*$/.test(name) && !keywords.has(name.toLowerCase())
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

/** PostgreSQL's keywords that may not stand for a column or an alias everywhere. */
const keywords: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
  cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
  current_date current_role current_schema current_time current_timestamp current_user dec decimal default
  deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
  greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
  json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
  json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national
  natural nchar none normalize not notnull null nullif numeric offset on only or order out outer over overlaps
  overlay placing position precision primary real references returning right row select session_user setof
  similar smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat
  trim true try_cast union unique user using values varchar variadic verbose when where window with within
  without xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
  xmltable`.split(/\s+/),
);
