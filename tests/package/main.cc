// The example of src/ydoc/README.md: two people write in one document.
#include <cstdio>
#include <string>

#include "ydoc/doc.h"
#include "ydoc/types/shared.h"

int main() {
  ydoc::Doc alice({.client_id = 1});
  ydoc::Doc bob({.client_id = 2});
  const auto to_bob = alice.on_update_v1([&](const ydoc::UpdateEvent& event) {
    if (event.local) static_cast<void>(bob.apply_update_v1(event.update));
  });
  const auto to_alice = bob.on_update_v1([&](const ydoc::UpdateEvent& event) {
    if (event.local) static_cast<void>(alice.apply_update_v1(event.update));
  });

  ydoc::Text note = alice.text("note");
  ydoc::Map task = alice.map("task");
  alice.transact([&] {
    note.insert(0, "Hello Bob").value();
    task.set("done", false).value();
    task.set("tags", ydoc::NewType::array({"urgent", 1})).value();
  });
  bob.text("note").insert(5, ",", {{"bold", ydoc::Any{true}}}).value();
  bob.map("task").set("done", true).value();

  std::printf("%s\n%s\n", alice.text("note").text().c_str(), alice.map("task").json().c_str());
  return alice.encode_state_as_update_v1() == bob.encode_state_as_update_v1() ? 0 : 1;
}
