set(doc_sources
  doc.cc
  doc_apply.cc
  doc_pending.cc
  doc_transact.cc
  undo_manager.cc
  store/client_table.cc
  store/integrator.cc
  store/integrity.cc
  store/item.cc
  store/item_arena.cc
  store/positions.cc
  store/range_set.cc
  store/split.cc
  doc_events.cc
  store/store.cc
  store/string_pool.cc
  store/struct_list.cc
  store/tidy.cc
  store/transaction.cc
  doc_subdocuments.cc
  store/subdocuments.cc
  store/type_table.cc
  observe/change_index.cc observe/changed_keys.cc observe/event.cc observe/observers.cc
  observe/tell.cc observe/text_delta.cc observe/transaction_event.cc
  types/attribute_map.cc types/editor.cc types/formatting.cc types/list.cc types/map.cc types/shared.cc types/text.cc
  types/text_edit.cc
  undo/restorer.cc
  view/attributes.cc view/js_string.cc view/json_view.cc view/xml_view.cc)
set(doc_tests
  doc_property_test.cc
  doc_test.cc
  doc_transact_test.cc
  doc_v2_test.cc
  store/positions_test.cc
  events_test.cc
  observe/event_test.cc
  observe/tell_test.cc
  doc_subdocuments_test.cc
  store/store_test.cc
  types/edit_property_test.cc
  types/list_test.cc
  types/map_test.cc
  types/text_test.cc
  store/range_set_test.cc
  undo_manager_test.cc
  view/js_string_test.cc
  testing/author.cc)
set(doc_fuzz doc_apply_fuzz.cc)
set(doc_fixtures
  fixtures/apply.cc fixtures/edits.cc fixtures/malformed.cc fixtures/ops.cc fixtures/replay.cc
  fixtures/state.cc fixtures/sync.cc fixtures/undo.cc)
