#pragma once

#include "common/known_fault.hpp"

/// How persons, their users, roles, placements and sessions refuse.
namespace musterd {

inline constexpr auto person_not_found = not_found("PERSON_NOT_FOUND", "Person not found.");
inline constexpr auto person_entered_before = conflict("PERSON_EXISTS", "There is a person with this id.");
inline constexpr auto person_not_active = conflict("PERSON_NOT_ACTIVE", "The person is not active.");
inline constexpr auto person_already_linked =
    conflict("PERSON_ALREADY_LINKED", "The person already has another user.");
inline constexpr auto person_not_erasable =
    conflict("PERSON_NOT_ERASABLE", "The person cannot be erased yet.");
/// Found by the database.
inline constexpr auto person_has_open_ends =
    conflict("PERSON_NOT_ERASABLE", "Something of the person's is still open.");
inline constexpr auto erasure_not_found = not_found("ERASURE_NOT_FOUND", "The person has not been erased.");

/// With the words of S90-F9.
inline constexpr auto user_not_found = not_found("USER_NOT_FOUND", "User not found");
inline constexpr auto username_taken = conflict("USERNAME_TAKEN", "The username is taken.");
inline constexpr auto subject_taken = conflict("SUBJECT_TAKEN", "The subject belongs to another user.");
inline constexpr auto email_mismatch =
    conflict("EMAIL_MISMATCH", "The email is not the person's primary email.");
inline constexpr auto user_differs = conflict("USER_DIFFERS", "The user is there already, and differs.");

/// D-26.
inline constexpr auto account_disabled = forbidden("ACCOUNT_DISABLED", "User account is disabled");
inline constexpr auto user_already_disabled = conflict("USER_ALREADY_DISABLED", "User is already disabled");
inline constexpr auto user_not_disabled = conflict("USER_NOT_DISABLED", "The user is not disabled.");
inline constexpr auto user_already_terminated =
    conflict("USER_ALREADY_TERMINATED", "User is already terminated");
inline constexpr auto user_terminated = conflict("USER_TERMINATED", "The user is terminated.");
inline constexpr auto cannot_disable_self = conflict("CANNOT_DISABLE_SELF", "You cannot disable yourself.");
inline constexpr auto keep_assignments_not_allowed = conflict(
    "KEEP_ASSIGNMENTS_NOT_ALLOWED", "The policy does not allow to keep assignments for this reason.");

/// For an unknown user and a wrong password alike.
inline constexpr auto invalid_credentials =
    unauthenticated("INVALID_CREDENTIALS", "Username or password is wrong.");
inline constexpr auto user_not_known = unauthenticated("UNAUTHENTICATED", "The user is not known.");
inline constexpr auto refresh_token_not_valid =
    unauthenticated("UNAUTHENTICATED", "The refresh token is not valid.");
inline constexpr auto session_not_found =
    not_found("SESSION_NOT_FOUND", "The user has no such session, or it has ended.");
inline constexpr auto old_password_required = conflict(
    "OLD_PASSWORD_REQUIRED", "Change your own password with the old one: POST /api/security/me/password.");
/// For what was asked with a password that is not the present one any more.
inline constexpr auto password_changed_meanwhile =
    conflict("PASSWORD_CHANGED", "The password has just been changed: sign in with the new one.");

/// After a right password.
inline constexpr auto second_factor_required = unauthenticated(
    "SECOND_FACTOR_REQUIRED", "Send totpCode, or a recoveryCode, with username and password.");
inline constexpr auto second_factor_invalid =
    unauthenticated("SECOND_FACTOR_INVALID", "The code is not the present one, or was used before.");
inline constexpr auto second_factor_active =
    conflict("SECOND_FACTOR_ACTIVE", "There is a second factor; remove it first.");
inline constexpr auto second_factor_not_pending =
    conflict("SECOND_FACTOR_NOT_PENDING", "No second factor waits to be confirmed, or no longer.");
inline constexpr auto second_factor_not_found =
    not_found("SECOND_FACTOR_NOT_FOUND", "The user has no second factor.");

inline constexpr auto role_assignment_not_found =
    not_found("ASSIGNMENT_NOT_FOUND", "Role assignment not found.");
inline constexpr auto role_assignment_ended = conflict("ASSIGNMENT_ENDED", "The role assignment has ended.");
inline constexpr auto role_assignment_immutable =
    conflict("ASSIGNMENT_IMMUTABLE", "User, role and scope of an assignment never change.");

/// In the API a placement is a location assignment.
inline constexpr auto placement_not_found =
    not_found("ASSIGNMENT_NOT_FOUND", "Location assignment not found.");
inline constexpr auto placement_ended = conflict("ASSIGNMENT_ENDED", "The location assignment has ended.");
inline constexpr auto placement_overlap = conflict(
    "ASSIGNMENT_OVERLAP", "The person has this role at this location already, in an overlapping time.");
inline constexpr auto primary_overlap =
    conflict("PRIMARY_OVERLAP", "The person has another primary location in an overlapping time.");
inline constexpr auto placement_immutable =
    conflict("ASSIGNMENT_IMMUTABLE", "Person, location and role of an assignment never change.");

}  // namespace musterd
