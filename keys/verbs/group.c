/* group.c - postern-keys group: put a person into groups, or take them out.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A group that ends by itself is in the person's file with its time, which is
 * looked at whenever a request is judged: nothing needs to run when it
 * ends.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../roster/roster.h"
#include "../text.h"
#include "keys-verbs.h"

/* "8h" from now, or a day (UTC), as --expires has it.  */
static int
take_until (struct options *opt)
{
  unsigned int seconds;
  time_t now = time (NULL);
  const char *end;
  struct tm tm;
  int day = 0;

  memset (&tm, 0, sizeof tm);
  if (!netspec_duration_parse (opt->until, &seconds) && seconds)
    opt->until_s = (uint64_t)now + seconds;
  else if ((end = strptime (opt->until, "%Y-%m-%d", &tm)) && !*end)
    {
      day = tm.tm_mday;
      opt->until_s = (uint64_t)timegm (&tm);
    }
  /* timegm makes a 31st of February the 3rd of March.  */
  if (!opt->until_s || tm.tm_mday != day)
    return kit_usage ("group", "--until '%s' is not a time; write 8h, 2d or"
                      " 2027-01-31", opt->until);
  if (opt->until_s <= (uint64_t)now)
    return kit_usage ("group", "--until %s is in the past", opt->until);
  return KIT_GO_ON;
}


/* Returns KIT_GO_ON, or an exit code.  */
static int
check_changes (const struct options *opt)
{
  size_t i, k;
  bool more = false;

  for (i = 0; i < opt->n_changes; i++)
    {
      if (!netspec_name_valid (opt->change[i] + 1,
                               strlen (opt->change[i] + 1)))
        return kit_usage ("group", "'%s' is not +GROUP or -GROUP",
                          opt->change[i]);
      for (k = 0; k < i; k++)
        if (!strcmp (opt->change[i] + 1, opt->change[k] + 1))
          return kit_usage ("group", "%s is named twice",
                            opt->change[i] + 1);
      more = more || *opt->change[i] == '+';
    }
  if (opt->until && !more)
    return kit_usage ("group", "--until needs a +GROUP");
  return KIT_GO_ON;
}


static int
check_group_options (struct options *opt)
{
  int rc;

  if (opt->n_args > 1)
    return kit_usage ("group", "'%s' is not +GROUP or -GROUP",
                      opt->arg[1]);
  rc = options_user (opt, "group", OPTIONS_ONE);
  if (rc != KIT_GO_ON)
    return rc;
  if (!opt->n_changes)
    return kit_usage ("group", "nothing to change; write +GROUP or"
                      " -GROUP");
  if (opt->until)
    rc = take_until (opt);
  return rc != KIT_GO_ON ? rc : check_changes (opt);
}


/* The groups that USER has now, without those that have ended, and room for N
   more.  The names are still USER's.  */
static gpg_error_t
copy_groups (const struct config_user *user, size_t n,
             struct roster_groups *groups)
{
  size_t i, most = user->groups.n + user->n_until + n;
  uint64_t now = (uint64_t)time (NULL);

  memset (groups, 0, sizeof *groups);
  groups->group = calloc (most, sizeof *groups->group);
  groups->ends = calloc (most, sizeof *groups->ends);
  if (!groups->group || !groups->ends)
    return gpg_error_from_syserror ();
  for (i = 0; i < user->groups.n; i++)
    groups->group[groups->n++] = user->groups.item[i];
  for (i = 0; i < user->n_until; i++)
    if (user->until[i].ends > now)
      {
        groups->ends[groups->n] = user->until[i].ends;
        groups->group[groups->n++] = user->until[i].group;
      }
  return 0;
}


/* Copy the names, since writing the person's file releases the
   configuration that they belong to.  */
static gpg_error_t
copy_names (struct roster_groups *groups)
{
  size_t i;

  for (i = 0; i < groups->n; i++)
    {
      groups->group[i] = strdup (groups->group[i]);
      if (!groups->group[i])
        {
          groups->n = i;
          return gpg_error_from_syserror ();
        }
    }
  return 0;
}


static void
release_groups (struct roster_groups *groups, bool names)
{
  size_t i;

  for (i = 0; names && i < groups->n; i++)
    free ((char *)groups->group[i]);
  free (groups->group);
  free (groups->ends);
}


static bool
has_until (const struct config_user *user, const char *group)
{
  size_t i;

  for (i = 0; i < user->n_until; i++)
    if (!strcmp (user->until[i].group, group))
      return true;
  return false;
}


static gpg_error_t
leave_group (const struct config_user *user, const char *group, size_t at,
             struct roster_groups *groups)
{
  if (at == groups->n)
    {
      if (has_until (user, group))
        return 0;               /* It ended, and is not written again.  */
      log_error ("group %s: they are not in %s", user->name, group);
      return gpg_error (GPG_ERR_NOT_FOUND);
    }
  groups->n--;
  memmove (groups->group + at, groups->group + at + 1,
           (groups->n - at) * sizeof *groups->group);
  memmove (groups->ends + at, groups->ends + at + 1,
           (groups->n - at) * sizeof *groups->ends);
  return 0;
}


static gpg_error_t
apply_change (const struct options *opt, const struct config_user *user,
              const char *change, struct roster_groups *groups)
{
  size_t i;

  for (i = 0; i < groups->n && strcmp (groups->group[i], change + 1); i++)
    ;
  if (*change == '-')
    return leave_group (user, change + 1, i, groups);
  if (i < groups->n && opt->until_s && !groups->ends[i])
    {
      log_error ("group %s: they are in %s without a time limit; take them"
                 " out first, with -%s", opt->user, change + 1, change + 1);
      return gpg_error (GPG_ERR_CONFLICT);
    }
  /* I is the group's place, or the first free one.  */
  groups->group[i] = change + 1;
  groups->ends[i] = opt->until_s;
  groups->n += i == groups->n;
  return 0;
}


/* For the audit: "+dba until 2027-01-31 08:00:00, -ops; TEXT".  */
static gpg_error_t
describe_change (const struct options *opt, char *text, size_t size)
{
  char when[TEXT_TIMELEN];
  size_t i, len = 0;

  for (i = 0; i < opt->n_changes && len < size; i++)
    {
      len += (size_t)snprintf (text + len, size - len, "%s%s", i ? ", " : "",
                               opt->change[i]);
      if (opt->until_s && *opt->change[i] == '+' && len < size)
        len += (size_t)snprintf (text + len, size - len, " until %s",
                                 text_time (opt->until_s, when));
    }
  if (opt->why && len < size)
    len += (size_t)snprintf (text + len, size - len, "; %s", opt->why);
  if (len < size)
    return 0;
  log_error ("group %s: this is too much for one row of the audit; shorten"
             " --why, or change fewer groups at once", opt->user);
  return gpg_error (GPG_ERR_TOO_LARGE);
}


static bool
terms_name (const struct config_rule *terms, const char *group)
{
  size_t i;

  for (i = 0; i < terms->approval.n_lists; i++)
    if (strlist_has (terms->approval.list + i, group))
      return true;
  return strlist_has (&terms->groups, group);
}


/* A misspelt group lets nobody in, and nobody would see why.  */
static void
warn_unknown (config_t config, const struct options *opt)
{
  const char *group;
  bool named;
  size_t i, k;

  for (i = 0; i < opt->n_changes; i++)
    {
      group = opt->change[i] + 1;
      named = *opt->change[i] == '-';
      for (k = 0; !named && k < config->n_rules; k++)
        named = terms_name (config->rule + k, group);
      for (k = 0; !named && k < config->n_commands; k++)
        named = terms_name (&config->command[k].terms, group);
      if (!named)
        log_warn ("group %s: no rule and no command names the group %s",
                  opt->user, group);
    }
}


static void
log_groups (const struct options *opt, const struct roster_groups *groups)
{
  char when[TEXT_TIMELEN], *text = NULL;
  size_t i, len;
  FILE *fp = open_memstream (&text, &len);

  if (!fp)
    return;
  for (i = 0; i < groups->n; i++)
    {
      fprintf (fp, "%s%s", i ? ", " : "", groups->group[i]);
      if (groups->ends[i])
        fprintf (fp, " (until %s)", text_time (groups->ends[i], when));
    }
  if (!fclose (fp))
    log_info ("%s is in %s now", opt->user, *text ? text : "no group");
  free (text);
}


static gpg_error_t
write_groups (roster_t roster, const struct options *opt,
              const struct roster_groups *groups)
{
  const struct config_user *user = config_user_by_name (roster_config (roster),
                                                        opt->user);
  char fpr[NETSPEC_FPRLEN + 1], note[OPTIONS_MAX_WHY + 1], *message = NULL;
  gpg_error_t err;

  memcpy (fpr, user->fpr, sizeof fpr);
  err = describe_change (opt, note, sizeof note);
  if (err)
    return err;
  err = roster_regroup (roster, opt->user, groups, &message);
  log_failure (err, message, "group %s", opt->user);
  if (!err)
    err = roster_look_again (roster, "group", opt->user);
  if (err)
    return err;
  roster_announce (roster, "group", opt->user);
  roster_note (roster, "group", opt->user, fpr, note);
  log_groups (opt, groups);
  warn_unknown (roster_config (roster), opt);
  return 0;
}


static gpg_error_t
change_groups (roster_t roster, const struct options *opt)
{
  const struct config_user *user = config_user_by_name (roster_config (roster),
                                                        opt->user);
  struct roster_groups groups;
  bool kept = false;
  gpg_error_t err;
  size_t i;

  if (!user)
    {
      log_error ("group %s: nobody of this name is enrolled", opt->user);
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  err = roster_refuse_marked (roster, "group", opt->user);
  if (err)
    return err;
  err = copy_groups (user, opt->n_changes, &groups);
  for (i = 0; !err && i < opt->n_changes; i++)
    err = apply_change (opt, user, opt->change[i], &groups);
  if (!err)
    {
      err = copy_names (&groups);
      kept = true;
    }
  if (!err)
    err = write_groups (roster, opt, &groups);
  release_groups (&groups, kept);
  return err;
}


int
group_verb (struct options *opt)
{
  char *message;
  gpg_error_t err;
  roster_t roster;
  int rc;

  rc = check_group_options (opt);
  if (rc != KIT_GO_ON)
    return rc;
  err = roster_open (opt->dir, &roster, &message);
  log_failure (err, message, "group %s", opt->user);
  if (!err)
    err = change_groups (roster, opt);
  roster_close (roster);
  return log_exit_code (err);
}
