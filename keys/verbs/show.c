/* show.c - postern-keys show: all that is known of one person.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a running posternd answers was written by decide, which reads what
 * strangers send: only clean text reaches the terminal.  */

#include <inttypes.h>
#include <string.h>
#include "../../common/base/console.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../keys-options.h"
#include "../roster/people.h"
#include "../text.h"
#include "keys-verbs.h"

/* The grants of one person among all.  */
struct open_grants
{
  const char *user;
  json_t *array;
};


static gpg_error_t
keep_grant (void *hook, const char *line)
{
  struct open_grants *grants = hook;
  json_error_t error;
  json_t *object = json_loads (line, 0, &error);
  const char *user = json_string_value (json_object_get (object, "user"));

  if (user && !strcmp (user, grants->user))
    json_array_append (grants->array, object);
  json_decref (object);
  return user ? 0 : gpg_error (GPG_ERR_INV_RESPONSE);
}


/* NULL if that is not known.  */
static json_t *
ask_grants (config_t config, const char *user)
{
  struct open_grants grants = { user, json_array () };
  console_t console;
  gpg_error_t err;

  err = console_open (config->runtime, &console);
  if (!err)
    err = console_ask (console, "GRANTS", keep_grant, &grants, NULL);
  console_close (console);
  if (err)
    {
      json_decref (grants.array);
      return NULL;
    }
  return grants.array;
}


static json_t *
describe_subkey (const struct pgp_subkey *sub)
{
  return json_pack ("{ss ss sI so sb sb sb sb}", "key", sub->fpr,
                    "algorithm", sub->algorithm,
                    "created", (json_int_t)sub->created,
                    "expires", sub->expires
                    ? json_integer ((json_int_t)sub->expires) : json_null (),
                    "signs", sub->can_sign, "encrypts", sub->can_encrypt,
                    "revoked", sub->revoked, "expired", sub->expired);
}


static void
describe_key (json_t *object, pgp_key_t key)
{
  json_t *uids = json_array (), *subkeys = json_array ();
  unsigned int i;

  for (i = 0; i < key->n_uids; i++)
    json_array_append_new (uids, json_string (key->uid[i]));
  for (i = 0; i < key->n_subkeys; i++)
    json_array_append_new (subkeys, describe_subkey (key->subkey + i));
  json_object_set_new (object, "created",
                       json_integer ((json_int_t)key->created));
  json_object_set_new (object, "user-ids", uids);
  json_object_set_new (object, "subkeys", subkeys);
}


static json_t *
list_rules (config_t config, const struct config_user *user)
{
  json_t *array = json_array ();
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (config_rule_has_user (config->rule + i, user, time (NULL)))
      json_array_append_new (array, json_string (config->rule[i].name));
  return array;
}


static json_t *
list_commands (config_t config, const struct config_user *user)
{
  const struct config_rule *terms;
  json_t *array = json_array ();
  size_t i;

  for (i = 0; i < config->n_commands; i++)
    {
      terms = &config->command[i].terms;
      if (config_rule_has_user (terms, user, time (NULL)))
        json_array_append_new (array, json_string (terms->name));
    }
  return array;
}


static json_t *
describe_all (config_t config, const struct person *person)
{
  json_t *object = people_describe (person);
  json_t *grants = ask_grants (config, person->user->name);

  if (!object)
    return NULL;
  json_object_set_new (object, "file", json_string (person->user->file));
  json_object_set_new (object, "logins", people_list (&person->user->logins));
  json_object_set_new (object, "rules", list_rules (config, person->user));
  json_object_set_new (object, "commands",
                       list_commands (config, person->user));
  if (person->key)
    describe_key (object, person->key);
  json_object_set_new (object, "grants", grants ? grants : json_null ());
  return object;
}


/* From here on, the same for a person to read.  */

static void
print_word_list (const char *label, json_t *array)
{
  size_t i;
  json_t *word;

  printf ("%-14s", label);
  json_array_foreach (array, i, word)
    printf ("%s%s", i ? ", " : "", json_string_value (word));
  puts (json_array_size (array) ? "" : "none");
}


static void
print_subkey (const struct pgp_subkey *sub)
{
  char date[TEXT_TIMELEN];

  printf ("%-14s%s %s%s%s, expires %s%s\n", "subkey", sub->fpr,
          sub->algorithm, sub->can_sign ? ", signs" : "",
          sub->can_encrypt ? ", encrypts" : "",
          text_date (sub->expires, date),
          sub->revoked ? ", REVOKED" : sub->expired ? ", EXPIRED" : "");
}


static void
print_person_key (const struct person *person)
{
  pgp_key_t key = person->key;
  char date[TEXT_TIMELEN];
  unsigned int i;

  printf ("%-14s%s\n%-14s%s\n", "key", person->user->fpr, "state",
          people_state (person));
  if (!key)
    return;
  printf ("%-14s%s\n", "algorithm", key->algorithm);
  printf ("%-14s%s\n", "created", text_date (key->created, date));
  printf ("%-14s%s\n", "key expires", text_date (key->expires, date));
  for (i = 0; i < key->n_uids; i++)
    printf ("%-14s%s\n", "user ID", key->uid[i]);
  for (i = 0; i < key->n_subkeys; i++)
    print_subkey (key->subkey + i);
}


static const char *
plain_string (json_t *value)
{
  const char *text = json_string_value (value);

  return text && encode_is_clean (text, strlen (text)) ? text : "";
}


static const char *
plain_member (json_t *object, const char *name)
{
  return plain_string (json_object_get (object, name));
}


static uint64_t
time_member (json_t *object, const char *name)
{
  return (uint64_t)json_integer_value (json_object_get (object, name));
}


static void
print_last (json_t *last)
{
  char when[TEXT_TIMELEN];
  const char *reason = plain_member (last, "reason");

  printf ("%-14s%s", "last request", text_time (time_member (last, "time"),
                                                when));
  if (json_is_object (last))
    printf (" %s %s from %s: %s%s%s", plain_member (last, "action"),
            plain_member (last, "ports"), plain_member (last, "source"),
            plain_member (last, "result"), *reason ? ", " : "", reason);
  putchar ('\n');
}


static void
print_grants (json_t *grants)
{
  char when[TEXT_TIMELEN];
  json_t *grant, *ports, *word;
  size_t i, k;

  json_array_foreach (grants, i, grant)
    {
      printf ("%-14s%s ", "open", plain_member (grant, "id"));
      ports = json_object_get (grant, "ports");
      json_array_foreach (ports, k, word)
        printf ("%s%s", k ? "," : "", plain_string (word));
      printf (" for %s until %s by rule %s\n", plain_member (grant, "address"),
              text_time (time_member (grant, "until"), when),
              plain_member (grant, "rule"));
    }
}


static void
print_until (const struct config_user *user)
{
  char when[TEXT_TIMELEN];
  size_t i;

  for (i = 0; i < user->n_until; i++)
    printf ("%-14s%s until %s%s\n", "group", user->until[i].group,
            text_time (user->until[i].ends, when),
            user->until[i].ends <= (uint64_t)time (NULL) ? ", ENDED" : "");
}


static gpg_error_t
print_person (config_t config, const struct person *person)
{
  json_t *object = describe_all (config, person);
  const struct config_user *user = person->user;
  char date[TEXT_TIMELEN];

  if (!object)
    return gpg_error (GPG_ERR_ENOMEM);
  printf ("%-14s%s\n%-14s%s\n", "user", user->name, "file", user->file);
  print_person_key (person);
  print_word_list ("groups", json_object_get (object, "groups"));
  print_until (user);
  print_word_list ("rules", json_object_get (object, "rules"));
  print_word_list ("commands", json_object_get (object, "commands"));
  print_word_list ("logins", json_object_get (object, "logins"));
  printf ("%-14s%s\n", "door", user->door ? user->door : "any");
  printf ("%-14s%s\n", "access ends", text_date (user->expires, date));
  print_last (person->last);
  print_grants (json_object_get (object, "grants"));
  json_decref (object);
  return 0;
}


static gpg_error_t
show_person (roster_t roster, const struct options *opt)
{
  gpg_error_t err;
  people_t people;
  const struct person *person;
  config_t config = roster_config (roster);

  err = people_load (roster, &people);
  if (err)
    return err;
  person = people_find (people, opt->user);
  if (!person)
    err = gpg_error (GPG_ERR_UNKNOWN_NAME);
  else
    {
      if (people_ask (people, roster, opt->user))
        log_info ("no posternd answers: the last request and the open grants"
                  " are not known");
      err = opt->json ? people_print (describe_all (config, person))
        : print_person (config, person);
    }
  people_release (people);
  return err;
}


int
show_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;

  err = roster_look (opt->dir, &roster, &message);
  if (!err)
    err = show_person (roster, opt);
  if (gpg_err_code (err) == GPG_ERR_UNKNOWN_NAME && !message)
    message = gpgrt_strdup ("nobody of this name is enrolled");
  log_failure (err, message, "show %s", opt->user);
  roster_close (roster);
  return log_exit_code (err);
}
