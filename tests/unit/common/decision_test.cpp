#include "domain/kernel/decision.hpp"
#include "domain/kernel/record_changed.hpp"
#include "domain/person/faults.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace musterd;

namespace {

constexpr auto taken = conflict("THING_TAKEN", "The thing is taken.");
constexpr auto gone = not_found("THING_GONE", "The thing is gone.");

struct take_thing {
  static constexpr std::array faults{taken};
};
struct look_at_thing {};

}  // namespace

TEST_CASE("known fault: it is refused with as it was declared, or in other words") {
  fault declared = taken;
  CHECK(declared == fault{fault_kind::conflict, "THING_TAKEN", "The thing is taken.", {}, {}, {}});
  CHECK(taken.saying("Ann has it.").message == "Ann has it.");
  CHECK(taken.saying("Ann has it.").code == "THING_TAKEN");
}

TEST_CASE("known fault: a command announces what it names, and what holds for all") {
  auto announced = [](const fault& f) { return is_announced(f, faults_of<take_thing>()); };
  CHECK(announced(taken));
  CHECK(announced(taken.saying("Ann has it.")));
  CHECK_FALSE(announced(gone));
  CHECK_FALSE(is_announced(taken, faults_of<look_at_thing>()));
  auto of_another_kind = taken.saying("");
  of_another_kind.kind = fault_kind::not_found;
  CHECK_FALSE(announced(of_another_kind));
  for (const auto& f : {validation_failed({}), access_denied(), static_cast<fault>(account_disabled),
                        record_is_stale(), unavailable(""), outcome_unknown(), internal_error()}) {
    CAPTURE(f.code);
    CHECK(announced(f));
  }
}
