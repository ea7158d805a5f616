set(doc_sources
  doc.cc doc_apply.cc doc_encode.cc doc_pending.cc
  store/client_table.cc store/integrator.cc store/integrity.cc store/item.cc store/item_arena.cc store/split.cc
  store/store.cc store/string_pool.cc store/struct_list.cc store/tidy.cc store/transaction.cc
  store/type_table.cc
  types/formatting.cc
  view/attributes.cc view/js_string.cc view/json_view.cc view/xml_view.cc)
set(doc_tests
  doc_property_test.cc doc_test.cc
  store/store_test.cc
  view/js_string_test.cc
  testing/author.cc)
set(doc_fuzz doc_apply_fuzz.cc)
set(doc_fixtures
  fixtures/apply.cc fixtures/malformed.cc fixtures/state.cc fixtures/sync.cc)
