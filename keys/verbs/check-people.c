/* check-people.c - postern-keys check: people, their keys, rules, doors.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each finding names the command that mends it.  */

#include "check.h"

#include <stdio.h>
#include <string.h>
#include "../roster/doors.h"
#include "../text.h"


/* What to do about a key in STATE, as people_state has it.  */
static const char *
key_state_remedy (const char *state)
{
  if (!strcmp (state, "missing"))
    return "is not in the roster's home; import it again with"
      " 'postern-keys enroll --update'";
  if (!strcmp (state, "expired"))
    return "has expired; 'postern-keys enroll --update' takes a newer copy";
  if (!strcmp (state, "revoked"))
    return "is revoked; 'postern-keys replace' takes another key, 'revoke'"
      " removes the person";
  if (!strcmp (state, "disabled"))
    return "is disabled in the roster's home";
  return "cannot sign; 'postern-keys enroll --update' takes a newer copy";
}


/* The earlier of two ends, where 0 is never.  */
static uint64_t
sooner_end (uint64_t a, uint64_t b)
{
  return !a || (b && b < a) ? b : a;
}


static void
check_good_key (struct check *check, const char *what, pgp_key_t key)
{
  uint64_t ends = sooner_end (key->expires, key->sign_expires);
  char date[TEXT_TIMELEN];

  if (check_is_near (check, ends))
    check_say (check, "key-expires", what, "the key expires on %s; ask for"
               " a newer copy, which 'postern-keys enroll --update' takes",
               text_date (ends, date));
  if (key->weak)
    check_say (check, "key-weak", what, "the key is weak (it has a part of"
               " %s); 'postern-keys replace' takes another key",
               key->weak_algorithm);
  else if (!key->known || (key->can_sign && !key->known_sign))
    check_say (check, "key-algorithm", what, "the key signs by %s, which"
               " posternd does not read: their requests are refused",
               key->known ? key->odd.algorithm : key->algorithm);
  if (!key->can_encrypt)
    check_say (check, "key-no-encryption", what, "the key cannot encrypt:"
               " no invite can be made");
}


/* Groups that have ended by themselves.  */
static void
check_until (struct check *check, const struct config_user *user,
             const char *what)
{
  const struct config_until *until = user->until;
  char date[TEXT_TIMELEN];
  size_t i;

  for (i = 0; i < user->n_until; i++, until++)
    if (until->ends <= check->now)
      check_say (check, "user-group-ended", what, "in the group %s until %s;"
                 " 'postern-keys group %s -%s' removes that from the file",
                 until->group, text_time (until->ends, date), user->name,
                 until->group);
}


/* Report a shared part only once: with the person who has the other's primary
   key as a subkey, for it was they who took it; else with one of the two.  */
static bool
is_at_fault (const char *fpr, pgp_key_t key, const struct sharing_part *other)
{
  if (other->server)
    return true;
  if (!strcmp (fpr, key->fpr))
    return false;
  return !strcmp (other->fpr, other->primary)
         || strcmp (key->fpr, other->primary) > 0;
}


static void
say_shared (struct check *check, const char *what, const char *fpr,
            pgp_key_t key, bool orphan, const struct sharing_part *other)
{
  char *text = sharing_describe (fpr, key->fpr, other);

  if (orphan)
    check_say (check, "key-shared", what, "%s; 'gpg --homedir %s/muster"
               " --delete-keys %s' deletes it from the roster's home",
               text ? text : fpr, check->config->state, key->fpr);
  else
    check_say (check, "key-shared", what, "%s; 'postern-keys replace' takes"
               " another key, 'revoke' removes the person",
               text ? text : fpr);
  gpgrt_free (text);
}


static void
check_key_part (struct check *check, const char *what, const char *fpr,
                pgp_key_t key, bool orphan)
{
  const struct sharing_part *other = NULL;

  while ((other = sharing_find (check->sharing, fpr, key->fpr, other)))
    if (is_at_fault (fpr, key, other))
      say_shared (check, what, fpr, key, orphan, other);
}


static void
check_key_parts (struct check *check, const char *what, pgp_key_t key,
                 bool orphan)
{
  unsigned int i;

  check_key_part (check, what, key->fpr, key, orphan);
  for (i = 0; i < key->n_subkeys; i++)
    check_key_part (check, what, key->subkey[i].fpr, key, orphan);
}


/* For a key that shares its fingerprint with another one, no command is given:
   gpg would delete whichever it finds first.  */
static void
check_orphan (struct check *check, pgp_key_t key)
{
  check_key_parts (check, key->fpr, key, true);
  if (!sharing_find (check->sharing, key->fpr, key->fpr, NULL))
    check_say (check, "key-orphan", key->fpr, "this key is nobody's; 'gpg"
               " --homedir %s/muster --delete-keys %s' deletes it from the"
               " roster's home", check->config->state, key->fpr);
}


static void
check_enrolled (struct check *check, const struct person *person)
{
  const struct config_user *user = person->user;
  const char *state = people_state (person);
  char what[CHECK_WHATLEN], kind[32], date[TEXT_TIMELEN];

  check_what ("user", user->name, what);
  if (roster_is_marked (check->config, user->name))
    {
      check_say (check, "revoke-interrupted", what, "their revocation was"
                 " interrupted; 'postern-keys revoke %s' finishes it",
                 user->name);
      return;
    }
  if (!strcmp (state, "good"))
    check_good_key (check, what, person->key);
  else
    {
      snprintf (kind, sizeof kind, "key-%s", state);
      check_say (check, kind, what, "the key %s %s", user->fpr,
                 key_state_remedy (state));
    }
  if (person->key)
    check_key_parts (check, what, person->key, false);
  if (user->expires && user->expires <= check->now)
    check_say (check, "user-expired", what, "access ended on %s;"
               " 'postern-keys revoke' removes the person",
               text_date (user->expires, date));
  check_until (check, user, what);
  if (!config_has_use_for (check->config, user, (time_t)check->now))
    check_say (check, "user-no-rule", what, "no rule and no command is for"
               " them: they can do nothing");
}


void
check_people (struct check *check)
{
  people_t people = check->people;
  size_t i;

  for (i = 0; i < people->n; i++)
    check_enrolled (check, people->person + i);
  for (i = 0; i < people->n_orphans; i++)
    check_orphan (check, people->orphan[i]);
}


static bool
rule_has_anybody (const struct check *check, const struct config_rule *rule)
{
  config_t config = check->config;
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (config_rule_has_user (rule, config->user + i, (time_t)check->now))
      return true;
  return false;
}


void
check_rules (struct check *check)
{
  config_t config = check->config;
  const struct config_rule *rule;
  char what[CHECK_WHATLEN];
  size_t i, k;

  for (i = 0; i < config->n_rules; i++)
    {
      rule = config->rule + i;
      check_what ("rule", rule->name, what);
      if (!rule_has_anybody (check, rule))
        check_say (check, "rule-no-user", what, "it is for nobody who is"
                   " enrolled");
      for (k = 0; k < rule->users.n; k++)
        if (!config_user_by_name (config, rule->users.item[k]))
          check_say (check, "rule-unknown-user", what, "it names %s, who is"
                     " not enrolled", rule->users.item[k]);
    }
}


static bool
door_is_used (config_t config, size_t door, uint64_t now)
{
  bool first = roster_first_door (config, now) == door;
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (config->user[i].door
        ? !strcmp (config->user[i].door, config->door[door].name) : first)
      return true;
  return false;
}


void
check_doors (struct check *check)
{
  config_t config = check->config;
  char what[CHECK_WHATLEN], date[TEXT_TIMELEN];
  size_t i;

  for (i = 0; i < config->n_doors; i++)
    {
      check_what ("door", config->door[i].name, what);
      if (doors_interrupted (config, i))
        check_say (check, "door-interrupted", what, "its last rotation was"
                   " interrupted; 'postern-keys door rotate' completes it");
      if (config->door[i].ends && config->door[i].ends <= check->now)
        check_say (check, "door-ended", what, "it ended on %s;"
                   " 'postern-keys door remove' deletes it",
                   text_date (config->door[i].ends, date));
      else if (!door_is_used (config, i, check->now))
        check_say (check, "door-unused", what, "nobody uses it;"
                   " 'postern-keys door remove' deletes it");
    }
}
