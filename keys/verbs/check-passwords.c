/* check-passwords.c - postern-keys check: the file of passwords.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only the names are kept of what is read there.  */

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../server/config/passwd.h"


static gpg_error_t
keep_password_name (void *hook, const struct passwd_entry *entry)
{
  return strlist_append (hook, entry->name);
}


static bool
has_password (const struct strlist *names,
              const struct config_user *user)
{
  size_t i;

  for (i = 0; i < user->logins.n; i++)
    if (strlist_has (names, user->logins.item[i]))
      return true;
  return strlist_has (names, user->name);
}


/* Say it if a rule asks USER for a password and there is none.  */
static void
check_asked (struct check *check, const struct config_user *user,
             const struct strlist *names)
{
  config_t config = check->config;
  char what[CHECK_WHATLEN];
  size_t i;

  if (has_password (names, user))
    return;
  for (i = 0; i < config->n_rules; i++)
    if (config->rule[i].require.kind == CONFIG_REQUIRE_CRYPT
        && config_rule_has_user (config->rule + i, user,
                                 (time_t)check->now))
      check_say (check, "no-password", check_what ("user", user->name, what),
                 "the rule %s asks for a password; 'postern-keys passwd'"
                 " sets it", config->rule[i].name);
}


/* A password that is nobody's would be inherited by whoever gets the name
   next.  */
static void
check_owned (struct check *check, const char *name)
{
  config_t config = check->config;
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (config_user_has_login (config->user + i, name))
      return;
  check_say (check, "password-orphan", PASSWD_FILE, "nobody is called %s;"
             " 'postern-keys passwd --delete %s' deletes the password",
             name, name);
}


void
check_passwords (struct check *check)
{
  config_t config = check->config;
  struct strlist names = { 0, NULL };
  char *message = NULL;
  size_t i;
  int fd;

  if (passwd_check (config->dir, &message)
      || passwd_open (config->dir, &fd, &message))
    {
      check_say (check, "passwords", PASSWD_FILE, "%s", message ? message
                 : "it cannot be read");
      free (message);
      return;
    }
  if (fd >= 0)
    {
      passwd_walk (fd, PASSWD_FILE, keep_password_name, &names, NULL);
      close (fd);
    }
  for (i = 0; i < names.n; i++)
    check_owned (check, names.item[i]);
  for (i = 0; i < config->n_users; i++)
    check_asked (check, config->user + i, &names);
  strlist_release (&names);
}
