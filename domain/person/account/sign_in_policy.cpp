#include "domain/person/account/sign_in_policy.hpp"

namespace musterd {

fault action_required(required_action action) {
  switch (action) {
    case required_action::change_password:
      return {fault_kind::forbidden,
              "PASSWORD_CHANGE_REQUIRED",
              "Somebody else set your password: set your own first.",
              {},
              {},
              {}};
    case required_action::enrol_second_factor:
      return {fault_kind::forbidden,
              "SECOND_FACTOR_ENROLMENT_REQUIRED",
              "A role of yours needs a second factor: enrol one first.",
              {},
              {},
              {}};
  }
  return internal_error();
}

}  // namespace musterd
