/* act.c - The role that changes the firewall and runs commands.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It never parses a packet, and it never trusts decide: what decide asks for
 * is looked up in act's own copy of the configuration and checked again.  A
 * decide that was taken over can do only what the configuration allows some
 * person.  */

#include "../role/mains.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../../common/base/ticks.h"
#include "act.h"
#include "../role/confine.h"
#include "../store/lastgood.h"
#include "../ipc/packets.h"
#include "../role/role.h"

#define LIST_BATCH 64
#define SLEPT 500               /* Milliseconds that count as a sleep.  */
#define LOOK_ONCE 250           /* Milliseconds between two looks at `once'. */


/* Refuse what our own configuration does not allow.  */
static enum refusal
check_grant (struct act *act, struct packet_grant *grant)
{
  config_t config = act->role.config;
  const struct config_rule *rule;

  /* decide has told the requester by now that it failed: it must not open
     anything after that.  */
  if (ticks_boot_ms () > grant->answer_by)
    return REFUSAL_ACT_GONE;
  if (memcmp (grant->hash, config->hash, CONFIG_HASHLEN))
    return REFUSAL_OTHER_CONFIG;
  rule = act_rule (config, grant, time (NULL));
  if (!rule)
    return REFUSAL_ACT_RULE;
  if (rule->open_command && (grant->once || grant->bind))
    return REFUSAL_ELSEWHERE;
  if (grant->seconds > rule->max_time)
    grant->seconds = rule->max_time;
  return REFUSAL_NONE;
}


gpg_error_t
act_deny (uint64_t id, enum refusal refusal)
{
  const struct packet_denied denied = { (uint16_t)refusal };

  return packet_send_denied (ROLE_FD_UPSTREAM, id, &denied);
}


static gpg_error_t
hear_grant (void *hook, const struct message *msg)
{
  struct act *act = hook;
  struct packet_grant grant;
  struct packet_granted granted;
  enum refusal refusal;
  gpg_error_t err = packet_read_grant (msg, &grant);

  if (err)
    return err;
  refusal = check_grant (act, &grant);
  if (!refusal)
    refusal = act_open (act, &grant, &granted);
  if (refusal)
    return act_deny (msg->id, refusal);
  act_tell (act, CONFIG_ON_OPEN, &grant, NULL);
  return packet_send_granted (ROLE_FD_UPSTREAM, msg->id, &granted);
}


static gpg_error_t
hear_close (void *hook, const struct message *msg)
{
  struct act *act = hook;
  struct packet_close what;
  struct packet_closed closed = { 0, 0 };
  gpg_error_t err = packet_read_close (msg, &what);

  if (err)
    return err;
  closed.refusal = (uint16_t)act_close (act, &what, &closed.n);
  return packet_send_closed (ROLE_FD_UPSTREAM, msg->id, &closed);
}


static gpg_error_t
hear_list (void *hook, const struct message *msg)
{
  struct act *act = hook;
  struct packet_list ask;
  struct packet_listed listed;
  const struct grant *grant;
  gpg_error_t err = packet_read_list (msg, &ask);
  int i;

  if (err)
    return err;
  act_expire (act);
  act_look_once (act);
  memset (&listed, 0, sizeof listed);
  grant = grants_next (act->book, ask.after);
  for (i = 0; !err && grant && i < LIST_BATCH; i++)
    {
      listed.number = grant->number;
      listed.grant = grant->what;
      listed.since = grant->since;
      listed.until = grant->until;
      err = packet_send_listed (ROLE_FD_UPSTREAM, msg->id, &listed);
      grant = grants_next (act->book, grant->number);
    }
  memset (&listed, 0, sizeof listed);
  listed.owed = act_backends_owed (act, &listed.since);
  return err ? err : packet_send_listed (ROLE_FD_UPSTREAM, msg->id, &listed);
}


static gpg_error_t
hear_keep_trial (void *hook, const struct message *msg)
{
  struct act *act = hook;

  if (firewall_keep (act->firewall))
    {
      log_error ("the trial cannot be kept: %s",
                 firewall_message (act->firewall));
      return 0;
    }
  act->role.trial = 0;
  return message_send (ROLE_FD_PARENT, PACKET_KEPT, msg->id, NULL, 0);
}


static const struct packet_rule from_decide[] =
  {
    PACKET_RULE (GRANT, FROM_DECIDE, hear_grant),
    PACKET_RULE (CLOSE, FROM_DECIDE, hear_close),
    PACKET_RULE (LIST, FROM_DECIDE, hear_list),
    PACKET_RULE (RUN, FROM_DECIDE, act_on_run),
    PACKET_RULE (HOOK, FROM_DECIDE, act_on_hook),
  };

static const struct packet_rule from_parent[] =
  {
    ROLE_RULE_PING,
    PACKET_RULE (KEEP, FROM_PARENT, hear_keep_trial),
    PACKET_RULE (LEAVE, FROM_PARENT, act_on_leave),
  };


static int
next_wait (struct act *act)
{
  uint64_t now = ticks_boot_ms (), next = grants_first_end (act->book);
  int runs = role_sooner (run_wait (&act->runs.set), act_hooks_wait (act));
  int wait = -1;

  runs = role_sooner (runs, act_backends_wait (act));
  if (grants_count_once (act->book) && (!next || next > act->look_due))
    next = act->look_due;
  if (next)
    wait = next > now ? (int)(next - now < 60000 ? next - now : 60000) : 0;
  return role_sooner (runs, wait);
}


/* The timeout of ppoll does not run while the machine sleeps; this timer
   does, and so what ended meanwhile is shut as soon as the machine wakes.  */
static gpg_error_t
set_alarm (struct act *act)
{
  struct itimerspec at = { { 0, 0 }, { 0, 0 } };
  uint64_t end = grants_first_end (act->book);

  if (end == act->alarm_at)
    return 0;
  at.it_value.tv_sec = (time_t)(end / 1000);
  at.it_value.tv_nsec = (long)(end % 1000 * 1000000);
  if (timerfd_settime (act->alarm, TFD_TIMER_ABSTIME, &at, NULL))
    return gpg_error_from_syserror ();
  act->alarm_at = end;
  return 0;
}


/* Remove what has ended and, now and then, look what was used.  After a sleep
   each element in the kernel would outlive its grant, so the table is made
   again.  */
static void
look_around (struct act *act)
{
  uint64_t now = ticks_boot_ms (), asleep = ticks_asleep_ms ();

  act_expire (act);
  if (asleep > act->asleep + SLEPT && act_rebuild (act) && !act->trouble)
    act->trouble = gpg_error (GPG_ERR_GENERAL);
  if (now < act->look_due)
    return;
  act_look_once (act);
  act->look_due = now + LOOK_ONCE;
}


/* End what the previous configuration allowed and this one does not.  */
static gpg_error_t
reconcile_grants (struct act *act)
{
  struct packet_ended ended;

  ended.grants = act_reconcile (act);
  if (!ended.grants)
    return 0;
  log_info ("%u grants ended: the configuration no longer allows them",
            ended.grants);
  return packet_send_ended (ROLE_FD_UPSTREAM, 0, &ended);
}


/* One round; an error ends the process.  */
static gpg_error_t
serve_act (struct act *act)
{
  struct pollfd fds[4 + ACT_FDS] =
    { { ROLE_FD_PARENT, POLLIN, 0 }, { ROLE_FD_UPSTREAM, POLLIN, 0 },
      { nftwatch_fd (act->watch), POLLIN, 0 }, { act->alarm, POLLIN, 0 } };
  unsigned int n = run_prepare (&act->runs.set, fds + 4);
  gpg_error_t err = set_alarm (act);
  uint64_t rung;

  if (err)
    return err;

  if (act_runs_tells (act))
    fds[1].events |= POLLOUT;
  if (role_wait (fds, 4 + n, next_wait (act)) < 0)
    return errno == EINTR ? 0 : gpg_error_from_syserror ();
  if (fds[2].revents)
    act_watch (act);
  if (fds[3].revents && read (act->alarm, &rung, sizeof rung) < 0
      && errno != EAGAIN)
    return gpg_error_from_syserror ();
  if (fds[0].revents)
    err = packet_dispatch (ROLE_FD_PARENT, FROM_PARENT, from_parent,
                           sizeof from_parent / sizeof *from_parent, act);
  run_turn (&act->runs.set);
  if (!err)
    err = act_runs_turn (act, fds[1].revents & POLLOUT);
  act_hooks_turn (act);
  act_backends_turn (act);
  if (!err && fds[1].revents & ~POLLOUT)
    {
      err = packet_dispatch (ROLE_FD_UPSTREAM, FROM_DECIDE, from_decide,
                             sizeof from_decide / sizeof *from_decide, act);
      /* posternd holds the other end as well, so this is not the end of the
         channel but an empty message.  */
      if (gpg_err_code (err) == GPG_ERR_EOF)
        {
          log_error ("unexpected empty message from decide");
          err = gpg_error (GPG_ERR_UNEXPECTED_MSG);
        }
    }
  if (gpg_err_code (err) == GPG_ERR_EAGAIN)
    err = 0;
  look_around (act);
  act_backends_start (act);
  return err ? err : act->trouble;
}


#define BIT(cap) (UINT64_C (1) << (cap))

/* Programs may run as any user: the capabilities to become one cannot be
   dropped if the configuration has programs to start.  */
static gpg_error_t
confine_act (struct act *act, const char *folder)
{
  config_t config = act->role.config;
  gpg_error_t err;

  if (config->n_commands || config->n_hooks || act->backends.n)
    return confine_starter (BIT (CAP_NET_ADMIN) | BIT (CAP_SETUID)
                            | BIT (CAP_SETGID) | BIT (CAP_KILL));
  err = confine_user (NULL, BIT (CAP_NET_ADMIN));
  if (!err)
    err = confine_paths ((const char *const[]) { folder }, 1);
  return gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED ? 0 : err;
}


/* Before anything that can fail: if no table shuts the protected ports, load
   one without grants, which stays however often this process fails to
   start.  Also write what a start uses that cannot read a configuration.  */
static gpg_error_t
shut_first (struct act *act)
{
  config_t config = act->role.config;
  char *text = NULL;
  gpg_error_t err;

  err = firewall_text (act->firewall, &text);
  if (!err)
    err = lastgood_write (config->state, config->on_fail, text);
  if (err)
    log_warn ("the table cannot be written to %s/last: %s; a start that"
              " fails uses the previous one", config->state,
              gpg_strerror (err));
  gpgrt_free (text);
  act->found_empty = !firewall_is_there (act->firewall);
  if (!act->found_empty || !firewall_rebuild (act->firewall, NULL, 0))
    return 0;
  log_error ("nftables: the table cannot be made: %s",
             firewall_message (act->firewall));
  return gpg_error (GPG_ERR_GENERAL);
}


/* The table cannot be loaded: with 'on-fail open' remove what is left of an
   earlier one.  */
static void
do_on_fail (struct act *act)
{
  if (act->role.config->on_fail != CONFIG_FAIL_OPEN)
    return;
  if (firewall_remove (act->firewall))
    log_error ("on-fail is 'open', but the table cannot be removed: %s",
               firewall_message (act->firewall));
  else
    log_warn ("all ports are open: on-fail is 'open', and the table cannot be"
              " loaded");
}


static gpg_error_t
set_up_act (struct act *act)
{
  config_t config = act->role.config;
  char *folder = gpgrt_bsprintf ("%s/act", config->runtime);
  char *path = gpgrt_bsprintf ("%s/act/grants.db", config->runtime);
  gpg_error_t err = folder && path ? 0 : gpg_error_from_syserror ();
  if (!err)
    err = firewall_new (config, act->role.trial, &act->firewall);
  if (!err && (err = shut_first (act)))
    do_on_fail (act);
  if (!err)
    err = nftwatch_open (&act->watch);
  if (!err)
    act->alarm = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (!err && act->alarm < 0)
    err = gpg_error_from_syserror ();
  if (!err)
    err = grants_open (path, &act->book);
  if (!err)
    err = act_backends_open (act);
  if (!err)
    err = act_runs_new (act);
  if (!err)
    err = packet_send_begun (ROLE_FD_UPSTREAM, 0,
                             &(struct packet_begun){ !act->runs.alone });
  act_hooks_open (act);
  if (!err)
    err = confine_act (act, folder);
  if (!err)
    err = act_forget_used (act);
  if (!err)
    err = reconcile_grants (act);
  if (!err)
    act_backends_begin (act);
  if (!err && (err = act_rebuild (act)))        /* With old grants.  */
    do_on_fail (act);
  if (!err)
    act_backends_start (act);
  gpgrt_free (folder);
  gpgrt_free (path);
  return err;
}


/* Open the ports, if the configuration says so, only after an orderly stop:
   an act that fails is started again, and one that is replaced must leave
   the table to its successor.  */
static int
end_act (struct act *act, gpg_error_t err)
{
  bool told = !err || gpg_err_code (err) == GPG_ERR_EOF;
  bool open = act->role.trial
    || (role_stopping () && act->role.config->on_stop == CONFIG_STOP_OPEN);

  if (told && open && !act->leaving && firewall_remove (act->firewall))
    log_error ("the table cannot be removed: %s",
               firewall_message (act->firewall));
  return role_exit_code (err);
}


int
act_main (int argc, char **argv)
{
  static struct act act;
  gpg_error_t err;

  secret_init (16384);
  role_start (&act.role, "act", argc, argv);
  if (act.role.standalone)
    return act_check (act.role.config, act.role.dump);
  err = set_up_act (&act);
  if (!err)
    err = role_ready ();
  while (!err && !role_stopping () && !act.leaving)
    err = serve_act (&act);
  if (err || !act.leaving)
    act_runs_stop (&act);
  act_hooks_stop (&act);
  act_backends_stop (&act);
  if (!err && act.leaving)
    err = act_leave (&act);
  return end_act (&act, err);
}
