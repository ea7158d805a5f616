set(doc_sources
  doc.cc doc_apply.cc
  store/client_table.cc store/integrator.cc store/item.cc store/item_arena.cc store/split.cc
  store/store.cc store/string_pool.cc store/struct_list.cc store/tidy.cc store/transaction.cc
  store/type_table.cc
  types/formatting.cc
  view/attributes.cc view/js_string.cc view/json_view.cc view/xml_view.cc)
set(doc_tests)
set(doc_fuzz)
set(doc_fixtures
  fixtures/apply.cc fixtures/malformed.cc fixtures/state.cc fixtures/sync.cc)
