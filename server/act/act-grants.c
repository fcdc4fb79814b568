/* act-grants.c - Keeping the book of grants and the firewall in step.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Several grants can share one element of the kernel's sets, which lives
 * until the last of them ends.  A grant is always written to the book before
 * the kernel is told, so that no element can exist that the next act does not
 * know.  */

#include "act.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../common/base/array.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"

#define CHANGE_MOST 4096        /* Elements: rebuild the table for more.  */
#define REBUILD_PAUSE 1000      /* Milliseconds between log lines.  */

/* Elements for one transaction.  */
struct elements
{
  struct act *act;
  struct firewall_element *element;
  size_t n;
  uint64_t now;
  uint64_t other;               /* An end that also counts for each key.  */
  bool failed;
};


void
act_element (void *hook, const struct grants_key *key)
{
  struct firewall_element *element = hook;

  memset (element, 0, sizeof *element);
  element->addr.family = key->family;
  memcpy (element->addr.bytes, key->addr, sizeof key->addr);
  element->proto = key->proto;
  element->port = key->dport;
  element->bind = key->sport;
  element->once = key->kind == GRANTS_ONCE || key->kind == GRANTS_BINDONCE;
  element->admitted = key->kind == GRANTS_ADMITTED;
}


/* The element of KEY, with the time that the book gives it.  */
static void
add_changed_key (void *hook, const struct grants_key *key)
{
  struct elements *list = hook;
  struct firewall_element *element;
  uint64_t ends = grants_key_ends (list->act->book, key);

  if (list->failed || array_grow (&list->element, list->n, sizeof *element))
    {
      list->failed = true;
      return;
    }
  element = list->element + list->n++;
  act_element (element, key);
  if (ends < list->other)
    ends = list->other;
  element->left = ends > list->now ? ends - list->now : 0;
}


static void
begin_elements (struct act *act, struct elements *list)
{
  memset (list, 0, sizeof *list);
  list->act = act;
  list->now = ticks_boot_ms ();
}


static gpg_error_t
change_table (struct elements *list)
{
  struct act *act = list->act;
  gpg_error_t err;

  if (list->failed)
    err = gpg_error (GPG_ERR_ENOMEM);
  else
    err = firewall_change (act->firewall, list->element, list->n);
  if (err)
    log_error ("nftables: %s", list->failed ? gpg_strerror (err)
               : firewall_message (act->firewall));
  free (list->element);
  list->element = NULL;
  return err;
}


/* Keep the connections that existed before the table was loaded, or while it
   was missing.  */
static void
admit_sessions (struct act *act)
{
  unsigned int n;
  gpg_error_t err = sessions_admit (act->role.config, &n);

  if (n)
    log_info ("%u connections are older than the table, and go on", n);
  if (err)
    log_warn ("connections that are older than the table may freeze: %s",
              gpg_strerror (err));
}


gpg_error_t
act_rebuild (struct act *act)
{
  gpg_error_t err;
  struct elements list;

  begin_elements (act, &list);
  grants_all_keys (act->book, add_changed_key, &list);
  err = list.failed ? gpg_error (GPG_ERR_ENOMEM)
    : firewall_rebuild (act->firewall, list.element, list.n);
  if (err)
    log_error ("nftables: the table cannot be made: %s",
               firewall_message (act->firewall));
  else
    admit_sessions (act);
  free (list.element);
  act->asleep = ticks_asleep_ms ();
  return err;
}


bool
act_has_user (config_t config, const struct config_rule *terms,
              const char *name, const char *fpr)
{
  const struct config_user *user = config_user_by_name (config, name);
  time_t now = time (NULL);

  return user && !strcmp (user->fpr, fpr)
    && (!user->expires || (uint64_t)now < user->expires)
    && config_rule_has_user (terms, user, now);
}


const struct config_rule *
act_rule (config_t config, const struct packet_grant *what, time_t when)
{
  const struct config_rule *rule = config_rule_by_name (config, what->rule);

  if (!rule || !act_has_user (config, rule, what->user, what->fpr)
      || !netspec_addr_grantable (&what->addr)
      || !config_rule_allows (rule, &what->ports, &what->addr,
                              &what->observed, when, NULL))
    return NULL;
  return rule;
}


/* Cut GRANT to at most MOST seconds.  False if nothing is left of it.  */
static bool
cut_short (struct act *act, const struct grant *grant, unsigned int most)
{
  struct grant less = *grant;

  if (grant->until - grant->since <= most)
    return true;
  less.until = grant->since + most;
  less.ends -= UINT64_C (1000) * (grant->until - less.until);
  return less.ends > ticks_boot_ms () && !grants_replace (act->book, &less);
}


unsigned int
act_reconcile (struct act *act)
{
  const struct config_rule *rule;
  const struct grant *grant;
  uint64_t number = 0;
  unsigned int n = 0;

  grants_begin (act->book);
  while ((grant = grants_next (act->book, number)))
    {
      number = grant->number;
      rule = act_rule (act->role.config, &grant->what, (time_t)grant->since);
      if (rule && cut_short (act, grant, rule->max_time))
        continue;
      act_tell (act, CONFIG_ON_CLOSE, &grant->what, "configuration");
      grants_remove (act->book, number);
      n++;
    }
  if (grants_end (act->book))
    log_warn ("the book of grants cannot be written");
  return n;
}


void
act_withdraw (struct act *act, const struct grant *grant)
{
  struct elements list;

  begin_elements (act, &list);
  grants_keys_of (grant, add_changed_key, &list);
  change_table (&list);
}


void
act_end_grant (struct act *act, const struct grant *grant, const char *why)
{
  struct grant gone = *grant;

  grants_remove (act->book, gone.number);
  act_withdraw (act, &gone);
  act_backend_end (act, &gone.what);
  act_tell (act, CONFIG_ON_CLOSE, &gone.what, why);
}


static void
fill_list (const struct packet_grant *what, struct grant *grant)
{
  memset (grant, 0, sizeof *grant);
  grant->what = *what;
  grant->since = (uint64_t)time (NULL);
  grant->until = grant->since + what->seconds;
  grant->ends = ticks_boot_ms () + UINT64_C (1000) * what->seconds;
}


/* Write GRANT to the book, as a new one or in place of the one that it
   renews, which is copied to OLD (number 0: none).  */
static gpg_error_t
write_down (struct act *act, struct grant *grant, struct grant *old)
{
  const struct grant *same = grants_same (act->book, &grant->what);

  memset (old, 0, sizeof *old);
  if (!same)
    return grants_add (act->book, grant);
  *old = *same;
  grant->number = same->number;
  /* A renewal does not shorten.  */
  if (old->ends > grant->ends)
    {
      grant->ends = old->ends;
      grant->until = old->until;
    }
  return grants_replace (act->book, grant);
}


/* If the rule has an open-command, note what is needed to close it again;
   that comes first, or a crash could leave it open.  SAME is the grant that
   is renewed, or NULL.  R_BEGUN is what to end if the grant is not made.  */
static enum refusal
begin_elsewhere (struct act *act, const struct packet_grant *what,
                 const struct grant *same, struct packet_grant *r_begun)
{
  gpg_error_t err;

  *r_begun = *what;
  if (same)                     /* The same ports in another order.  */
    r_begun->ports = same->what.ports;
  err = act_backend_begin (act, r_begun);
  if (gpg_err_code (err) == GPG_ERR_LIMIT_REACHED)
    return REFUSAL_TOO_MANY;
  return err ? REFUSAL_OWED : REFUSAL_NONE;
}


static enum refusal
open_here (struct act *act, const struct packet_grant *what,
           struct grant *old, struct packet_granted *r_granted)
{
  struct elements list;
  struct grant grant;
  gpg_error_t err;

  fill_list (what, &grant);
  err = write_down (act, &grant, old);
  if (gpg_err_code (err) == GPG_ERR_LIMIT_REACHED)
    return REFUSAL_TOO_MANY;
  if (err)
    return REFUSAL_FIREWALL;
  begin_elements (act, &list);
  grants_keys (what, add_changed_key, &list);
  if (change_table (&list))
    {
      if (old->number)
        grants_replace (act->book, old);
      else
        grants_remove (act->book, grant.number);
      return REFUSAL_FIREWALL;
    }
  r_granted->until = grant.until;
  r_granted->seconds = what->seconds;
  return REFUSAL_NONE;
}


enum refusal
act_open (struct act *act, const struct packet_grant *what,
          struct packet_granted *r_granted)
{
  struct packet_grant begun;
  enum refusal refusal;
  struct grant old;

  act_expire (act);
  act_look_behind (act, what);
  refusal = begin_elsewhere (act, what, grants_same (act->book, what),
                             &begun);
  if (refusal)
    return refusal;
  refusal = open_here (act, what, &old, r_granted);
  if (refusal)
    act_backend_end (act, &begun);
  else if (old.number)
    act_backend_end (act, &old.what);
  return refusal;
}


static bool
fits_close (const struct grant *grant, const struct packet_close *what)
{
  char hex[2 * REQUEST_HASHLEN + 1];

  if (*what->user && strcmp (what->user, grant->what.user))
    return false;
  encode_hex (grant->what.request, REQUEST_HASHLEN, hex);
  return !strncmp (hex, what->prefix, strlen (what->prefix));
}


enum refusal
act_close (struct act *act, const struct packet_close *what, uint32_t *r_n)
{
  const struct grant *grant, *next;
  bool sweep = false;
  uint32_t n = 0;

  *r_n = 0;
  act_expire (act);
  act_look_once (act);
  for (grant = grants_next (act->book, 0); grant;
       grant = grants_next (act->book, grant->number))
    n += fits_close (grant, what);
  if (!n)
    return REFUSAL_NOTHING;
  if (n > 1 && !what->all)
    return REFUSAL_AMBIGUOUS;
  for (grant = grants_next (act->book, 0); grant; grant = next)
    {
      next = grants_next (act->book, grant->number);
      if (!fits_close (grant, what))
        continue;
      sweep |= grant->what.once;
      act_end_grant (act, grant, "closed");
    }
  if (sweep)
    act_sweep_admitted (act);
  *r_n = n;
  return REFUSAL_NONE;
}


/* The kernel ends elements by itself, but its timeouts do not run while the
   machine sleeps, and the times of grants do.  */
void
act_expire (struct act *act)
{
  const struct grant *grant, *next;
  uint64_t now = ticks_boot_ms (), first = grants_first_end (act->book);
  struct grant gone;
  struct elements list;
  bool sweep = false;

  if (!first || first > now)
    return;
  begin_elements (act, &list);
  for (grant = grants_next (act->book, 0); grant; grant = next)
    {
      next = grants_next (act->book, grant->number);
      if (grant->ends > now)
        continue;
      gone = *grant;
      act_backend_end (act, &gone.what);
      act_tell (act, CONFIG_ON_CLOSE, &gone.what, "time");
      grants_remove (act->book, gone.number);
      grants_keys_of (&gone, add_changed_key, &list);
      sweep |= gone.what.once;
    }
  if (list.failed || list.n > CHANGE_MOST)
    {
      free (list.element);
      act_rebuild (act);
      return;
    }
  change_table (&list);
  if (sweep)
    act_sweep_admitted (act);
}


/* Make the table again, and tell decide, but at most once in REBUILD_PAUSE.  */
static gpg_error_t
rebuild_and_tell (struct act *act)
{
  struct packet_rebuilt rebuilt;
  uint64_t now = ticks_boot_ms ();

  if (act_rebuild (act))
    return gpg_error (GPG_ERR_GENERAL);
  if (now - act->rebuild_logged_at < REBUILD_PAUSE)
    return 0;
  act->rebuild_logged_at = now;
  log_warn ("another program changed the table inet postern; it was made"
            " again");
  rebuilt.grants = (uint32_t)grants_count (act->book);
  return packet_send_rebuilt (ROLE_FD_UPSTREAM, 0, &rebuilt);
}


bool
act_watch (struct act *act)
{
  bool touched;
  gpg_error_t err = nftwatch_read (act->watch, &touched);

  if (!err && touched)
    err = rebuild_and_tell (act);
  if (err && !act->trouble)
    act->trouble = err;
  return touched;
}
