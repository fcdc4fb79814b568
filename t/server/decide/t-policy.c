/* t-policy.c - Who may do what.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/decide/policy.h"

#include "../config/config-dir.h"

#define CAROL "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define DAVE "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD"
#define NOW 1800000000

static request_t req;
static struct packet_origin origin;
static struct policy_case pcase;
static struct policy_verdict verdict;

static const char access_conf[] =
  "user alice {\n key = '" FPR_ALICE "'\n groups = {'ops'}\n"
  " logins = {'alice.b'}\n}\n"
  "user bob {\n key = '" FPR_BOB "'\n groups = {'away'}\n door = 'main'\n"
  " expires = '2030-01-01'\n}\n"
  "user carol {\n key = '" CAROL "'\n groups = {'none'}\n}\n"
  "user dave {\n key = '" DAVE "'\n groups-until = {'far=1800000030'}\n}\n"
  "rule ssh {\n groups = {'ops'}\n ports = {'tcp/22'}\n max-time = '60s'\n"
  " default-time = '20s'\n from = {'203.0.113.0/24'}\n}\n"
  "rule far {\n groups = {'ops'}\n ports = {'tcp/22', 'tcp/443'}\n"
  " max-time = '10s'\n}\n"
  "rule on-call {\n groups = {'far'}\n ports = {'tcp/22'}\n"
  " max-time = '60s'\n}\n"
  "rule signed {\n groups = {'away'}\n ports = {'tcp/22'}\n"
  " observed = false\n}\n"
  "rule never {\n users = {'alice'}\n ports = {'tcp/25'}\n"
  " hours = 'Mon 00:00-00:01'\n}\n"
  "rule near {\n users = {'alice'}\n ports = {'tcp/26'}\n"
  " from = {'192.0.2.0/24'}\n}\n"
#define RUN " argv = {'/bin/true'} run-as = 'nobody' }\n"
  "command restart { groups = {'ops'}" RUN
  "command on-call { groups = {'far'} approvals = 1 approvers = {'far'}" RUN
  "command alone { users = {'bob'}" RUN
  "command away { groups = {'ops'} from = {'192.0.2.0/24'}" RUN
  "command never { groups = {'ops'} hours = 'Mon 00:00-00:01'" RUN
  "command secret { groups = {'ops'} require = 'crypt'" RUN;


static struct net_addr
address (const char *text)
{
  struct net_addr addr;

  ck_assert_uint_eq (netspec_addr_parse (text, &addr), 0);
  return addr;
}

static void
setup (void)
{
  setenv ("TZ", "UTC", 1);
  setup_dir ();
  put ("doors/main.key", DOOR_KEY);
  put ("doors/spare.key", DOOR_KEY);
  put ("posternd.conf", "host = 'web1'\nserver = '" FPR_SERVER "'\n"
       "protect = {'tcp/22', 'tcp/25', 'tcp/26', 'tcp/443'}\n"
       "door main { }\ndoor spare { }\n");
  put ("access.conf", access_conf);
  ck_assert_msg (!load (), "%s", message);
  ck_assert_uint_eq (request_new (&req), 0);
  req->action = REQUEST_OPEN;
  ck_assert_uint_eq (netspec_ports_parse ("tcp/22", &req->ports), 0);
  memset (&origin, 0, sizeof origin);
  origin.src = address ("203.0.113.7");
  origin.sport = 40000;
  memcpy (origin.door, "main", 5);
  pcase = (struct policy_case){ req, &origin, FPR_ALICE, false, NOW };
}

static void
teardown (void)
{
  request_release (req);
  teardown_dir ();
}

static enum refusal
judge (void)
{
  policy_judge (config, &pcase, &verdict);
  return verdict.refusal;
}

static void
ask_ports (const char *text)
{
  ck_assert_uint_eq (netspec_ports_parse (text, &req->ports), 0);
}


START_TEST (alice_may)
{
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.user->name, "alice");
  ck_assert_str_eq (verdict.rule->name, "ssh");
  ck_assert_uint_eq (verdict.seconds, 20);
  ck_assert (!verdict.cut);
  ck_assert (netspec_addr_equal (&verdict.addr, &origin.src));
  ck_assert_str_eq (verdict.detail, "");
}
END_TEST

START_TEST (a_wish_is_cut)
{
  req->seconds = 60;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_uint_eq (verdict.seconds, 60);
  ck_assert (!verdict.cut);
  req->seconds = 61;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_uint_eq (verdict.seconds, 60);
  ck_assert (verdict.cut);
  req->seconds = 1;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_uint_eq (verdict.seconds, 1);
}
END_TEST

START_TEST (the_first_rule_that_covers_all)
{
  ask_ports ("tcp/22,tcp/443");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "far");
  ask_ports ("tcp/443,tcp/25");         /* Two rules do not add up.  */
  ck_assert_int_eq (judge (), REFUSAL_PORTS);
}
END_TEST

START_TEST (nobody)
{
  pcase.primary = "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE";
  ck_assert_int_eq (judge (), REFUSAL_NO_USER);
  ck_assert_ptr_null (verdict.user);
}
END_TEST

/* It ends by itself: no file is written, and nothing is read anew.  */
START_TEST (a_group_that_ends)
{
  const struct config_approval *approval;
  const struct config_user *dave = config_user_by_name (config, "dave");

  approval = &config_command_by_name (config, "on-call")->terms.approval;
  pcase.primary = DAVE;
  req->seconds = 20;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "on-call");
  ck_assert_uint_eq (verdict.seconds, 20);
  ck_assert (!verdict.cut);
  req->seconds = 60;            /* What it lets them have ends with it.  */
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_uint_eq (verdict.seconds, 30);
  ck_assert (verdict.cut);
  ck_assert (config_approval_has_user (approval, dave, pcase.now));
  ck_assert (config_approval_enough (approval, &dave, 1, pcase.now));
  pcase.now = 1800000029;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_uint_eq (verdict.seconds, 1);
  pcase.now = 1800000030;
  ck_assert_int_eq (judge (), REFUSAL_NO_RULE);
  ck_assert (!config_approval_has_user (approval, dave, pcase.now));
  ck_assert (!config_approval_enough (approval, &dave, 1, pcase.now));
  pcase.now = NOW;
  req->action = REQUEST_RUN;
  req->ports.n = 0;
  snprintf (req->command, sizeof req->command, "on-call");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  pcase.now = 1800000030;
  ck_assert_int_eq (judge (), REFUSAL_COMMAND);
}
END_TEST

START_TEST (an_expired_user)
{
  pcase.primary = FPR_BOB;
  req->source = address ("203.0.113.9");
  pcase.now = 1893455999;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  pcase.now = 1893456000;
  ck_assert_int_eq (judge (), REFUSAL_USER_EXPIRED);
}
END_TEST

START_TEST (another_door)
{
  pcase.primary = FPR_BOB;
  req->source = address ("203.0.113.9");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  memcpy (origin.door, "spare", 6);
  ck_assert_int_eq (judge (), REFUSAL_DOOR);
  *origin.door = 0;
  ck_assert_int_eq (judge (), REFUSAL_DOOR);
  pcase.primary = FPR_ALICE;            /* She may come by any.  */
  ck_assert_int_eq (judge (), REFUSAL_NONE);
}
END_TEST

START_TEST (the_name_in_user)
{
  req->user = strdup ("alice.b");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  free (req->user);
  req->user = strdup ("alice");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  free (req->user);
  req->user = strdup ("bob");
  ck_assert_int_eq (judge (), REFUSAL_LOGIN);
}
END_TEST

START_TEST (an_attachment)
{
  req->n_targets = 1;
  pcase.attachment = true;
  ck_assert_int_eq (judge (), REFUSAL_ATTACHMENT);
}
END_TEST

/* With a credential a rule that requires one applies, without one a rule
   that does not: in file order both times.  */
START_TEST (credentials)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = {'ops'} }"
       "rule home { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }\n"
       "rule desk { groups = {'ops'} ports = {'tcp/22'}"
       " from = {'203.0.113.0/24'} }\n"
       "rule third { groups = {'ops'} ports = {'tcp/22', 'tcp/25'}"
       " require = 'shadow' }\n");
  ck_assert_msg (!load (), "%s", message);
  req->n_targets = 1;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "desk");
  pcase.attachment = true;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "home");
  ask_ports ("tcp/22,tcp/25");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "third");
  pcase.attachment = false;
  ck_assert_int_eq (judge (), REFUSAL_CREDENTIAL_ASKED);
  ck_assert_str_eq (verdict.detail, "nearest is rule third");
  /* From elsewhere the rule without one does not apply.  */
  ask_ports ("tcp/22");
  origin.src = address ("192.0.2.7");
  ck_assert_int_eq (judge (), REFUSAL_CREDENTIAL_ASKED);
  ck_assert_str_eq (verdict.detail, "nearest is rule home");
  pcase.attachment = true;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  /* A port of no rule's is that, with a credential and without.  */
  ask_ports ("tcp/26");
  ck_assert_int_eq (judge (), REFUSAL_PORTS);
  pcase.attachment = false;
  ck_assert_int_eq (judge (), REFUSAL_PORTS);
}
END_TEST

/* A server's alone, and for what a rule is asked.  */
START_TEST (an_attachment_for_others)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = {'ops'} }"
       "rule a { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }\n");
  ck_assert_msg (!load (), "%s", message);
  pcase.attachment = true;
  req->n_targets = 2;
  ck_assert_int_eq (judge (), REFUSAL_ATTACHMENT);
  ck_assert_str_eq (verdict.detail, "it is for several servers");
  req->n_targets = 1;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  req->action = REQUEST_CLOSE;
  ck_assert_int_eq (judge (), REFUSAL_ATTACHMENT);
  req->action = REQUEST_WHOAMI;
  ck_assert_int_eq (judge (), REFUSAL_ATTACHMENT);
  pcase.attachment = false;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
}
END_TEST

START_TEST (a_password_is_told_of)
{
  char *text;

  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = {'ops'} }"
       "rule a { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }\n");
  ck_assert_msg (!load (), "%s", message);
  text = policy_describe (config, &pcase,
                          config_user_by_name (config, "alice"));
  ck_assert_ptr_nonnull (strstr (text, "tcp/22 for at most 1m, with a"
                                 " password\n"));
  free (text);
}
END_TEST

START_TEST (actions)
{
  static const enum request_action other[] =
    { REQUEST_RESULT, REQUEST_PENDING, REQUEST_APPROVE, REQUEST_DENY };
  size_t i;

  for (i = 0; i < COUNT (other); i++)
    {
      req->action = other[i];
      ck_assert_int_eq (judge (), REFUSAL_NONE);
    }
  req->action = REQUEST_CLOSE;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  req->action = REQUEST_WHOAMI;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  req->action = REQUEST_RESULT;         /* Whose it is, is seen later.  */
  ck_assert_int_eq (judge (), REFUSAL_NONE);
}
END_TEST

static enum refusal
judge_run (const char *command)
{
  req->action = REQUEST_RUN;
  snprintf (req->command, sizeof req->command, "%s", command);
  return judge ();
}

START_TEST (commands)
{
  ck_assert_int_eq (judge_run ("restart"), REFUSAL_NONE);
  ck_assert_str_eq (verdict.command->terms.name, "restart");
  ck_assert_ptr_eq (verdict.rule, &verdict.command->terms);
  ck_assert_int_eq (judge_run ("ssh"), REFUSAL_COMMAND);        /* A rule.  */
  ck_assert_ptr_null (verdict.command);
  ck_assert_int_eq (judge_run ("alone"), REFUSAL_COMMAND);
  ck_assert_str_eq (refusal_told (REFUSAL_COMMAND),
                    "no such command is for you");
  ck_assert_int_eq (judge_run ("away"), REFUSAL_FROM);
  ck_assert_int_eq (judge_run ("never"), REFUSAL_HOURS);
  /* The signed address must lie there as well.  */
  origin.src = address ("192.0.2.7");
  ck_assert_int_eq (judge_run ("away"), REFUSAL_NONE);
  req->source = address ("203.0.113.7");
  ck_assert_int_eq (judge_run ("away"), REFUSAL_FROM);
}
END_TEST

START_TEST (commands_and_credentials)
{
  req->n_targets = 1;
  ck_assert_int_eq (judge_run ("secret"), REFUSAL_CREDENTIAL_ASKED);
  pcase.attachment = true;
  ck_assert_int_eq (judge_run ("secret"), REFUSAL_NONE);
  ck_assert_int_eq (judge_run ("restart"), REFUSAL_ATTACHMENT);
  req->action = REQUEST_RESULT;
  ck_assert_int_eq (judge (), REFUSAL_ATTACHMENT);
}
END_TEST

START_TEST (forward_is_not_ignored)
{
  req->forward = address ("10.0.0.1");
  ck_assert_int_eq (judge (), REFUSAL_ACTION);
  ck_assert_str_eq (verdict.detail, "forward");
}
END_TEST

START_TEST (sources)
{
  req->source = address ("127.0.0.1");
  ck_assert_int_eq (judge (), REFUSAL_SOURCE);
  memset (&req->source, 0, sizeof req->source);
  origin.src = address ("127.0.0.1");
  ck_assert_int_eq (judge (), REFUSAL_SOURCE);
  req->source = address ("203.0.113.7");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert (netspec_addr_equal (&verdict.addr, &req->source));
}
END_TEST

/* Both, the packet's source and the granted address, must lie in FROM.  */
START_TEST (from_is_for_both)
{
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "ssh");
  req->source = address ("198.51.100.1");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "far");
  req->source = address ("203.0.113.9");
  origin.src = address ("198.51.100.1");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "far");
}
END_TEST

START_TEST (the_nearest_reason)
{
  ask_ports ("tcp/80");
  ck_assert_int_eq (judge (), REFUSAL_PORTS);
  ask_ports ("tcp/26");
  ck_assert_int_eq (judge (), REFUSAL_FROM);
  ck_assert_str_eq (verdict.detail, "nearest is rule near");
  ask_ports ("tcp/25");
  ck_assert_int_eq (judge (), REFUSAL_HOURS);
  ck_assert_str_eq (verdict.detail, "nearest is rule never");
  req->ports.n = 0;
  ck_assert_int_eq (judge (), REFUSAL_PORTS);
}
END_TEST

/* What another firewall does not know, the rule that applies refuses; no
   later one takes it.  */
START_TEST (once_and_bind_elsewhere)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = {'ops'} }"
       "rule router { groups = {'ops'} ports = {'tcp/22'}"
       " open-command = 'fw' close-command = 'fw' }\n"
       "rule host { groups = {'ops'} ports = {'tcp/22', 'tcp/25'} }\n"
       "command fw { argv = {'/bin/true', '{event}'} run-as = 'nobody' }\n");
  ck_assert_msg (!load (), "%s", message);
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "router");
  req->once = true;
  ck_assert_int_eq (judge (), REFUSAL_ELSEWHERE);
  ck_assert_str_eq (verdict.detail, "nearest is rule router");
  ck_assert_ptr_null (verdict.rule);
  req->once = false;
  req->bind = 4000;
  ck_assert_int_eq (judge (), REFUSAL_ELSEWHERE);
  ask_ports ("tcp/25");
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  ck_assert_str_eq (verdict.rule->name, "host");
}
END_TEST

START_TEST (hours)
{
  ask_ports ("tcp/25");
  pcase.now = 1799625600;               /* A Monday, 00:00 UTC.  */
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  pcase.now += 60;
  ck_assert_int_eq (judge (), REFUSAL_HOURS);
}
END_TEST

/* Each of several servers could send it on from where it likes.  */
START_TEST (several_servers_want_a_signed_address)
{
  req->n_targets = 2;
  ck_assert_int_eq (judge (), REFUSAL_SEVERAL);
  ck_assert_int_eq (judge_run ("restart"), REFUSAL_SEVERAL);
  req->source = origin.src;
  ck_assert_int_eq (judge_run ("restart"), REFUSAL_NONE);
  req->action = REQUEST_OPEN;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  memset (&req->source, 0, sizeof req->source);
  req->n_targets = 1;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  req->n_targets = 2;           /* What gives nothing may go to several.  */
  req->action = REQUEST_CLOSE;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
  req->action = REQUEST_WHOAMI;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
}
END_TEST

START_TEST (an_address_that_must_be_signed)
{
  pcase.primary = FPR_BOB;
  ck_assert_int_eq (judge (), REFUSAL_OBSERVED);
  req->source = origin.src;
  ck_assert_int_eq (judge (), REFUSAL_NONE);
}
END_TEST

START_TEST (no_rule_for_carol)
{
  pcase.primary = CAROL;
  ck_assert_int_eq (judge (), REFUSAL_NO_RULE);
}
END_TEST

START_TEST (what_alice_may)
{
  char *text = policy_describe (config, &pcase,
                                config_user_by_name (config, "alice"));

  ck_assert_ptr_nonnull (text);
  ck_assert_ptr_nonnull (strstr (text, "you are alice\n"));
  ck_assert_ptr_nonnull (strstr (text, "rule ssh: tcp/22 for at most 1m\n"));
  ck_assert_ptr_nonnull (strstr (text, "rule never: tcp/25"));
  ck_assert_ptr_nonnull (strstr (text, "but not at this hour\n"));
  ck_assert_ptr_nonnull (strstr (text, "but not from this address\n"));
  ck_assert_ptr_null (strstr (text, "signed"));
  free (text);
}
END_TEST

/* A rule and a command say when, and how many others must approve.  */
START_TEST (what_is_asked_for)
{
  char *text;

  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = {'ops'} }"
       "rule a { groups = {'ops'} ports = {'tcp/22'} require = 'crypt'"
       " hours = {'Mon,Tue,Wed 00:00-24:00', 'Thu-Sun 00:00-24:00'}"
       " approvals = 2 approvers = {'ops'} }\n"
       "command c { groups = {'ops'} hours = '00:00-24:00' approvals = 1"
       " approvers = {'ops'}" RUN);
  ck_assert_msg (!load (), "%s", message);
  text = policy_describe (config, &pcase,
                          config_user_by_name (config, "alice"));
  ck_assert_str_eq (text, "you are alice\n"
                    "rule a: tcp/22 for at most 1m, Mon-Wed 00:00-24:00,"
                    " Thu-Sun 00:00-24:00, with a password, when 2 others"
                    " approve\ncommand c: no arguments, 00:00-24:00, when 1"
                    " other approves\n");
  free (text);
}
END_TEST

START_TEST (what_carol_may)
{
  char *text = policy_describe (config, &pcase,
                                config_user_by_name (config, "carol"));

  ck_assert_str_eq (text, "you are carol\nno rule is for you\n");
  free (text);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("policy");
  TCase *tc = tcase_create ("policy");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, alice_may);
  tcase_add_test (tc, a_wish_is_cut);
  tcase_add_test (tc, the_first_rule_that_covers_all);
  tcase_add_test (tc, nobody);
  tcase_add_test (tc, an_expired_user);
  tcase_add_test (tc, another_door);
  tcase_add_test (tc, the_name_in_user);
  tcase_add_test (tc, an_attachment);
  tcase_add_test (tc, credentials);
  tcase_add_test (tc, an_attachment_for_others);
  tcase_add_test (tc, a_password_is_told_of);
  tcase_add_test (tc, actions);
  tcase_add_test (tc, commands);
  tcase_add_test (tc, commands_and_credentials);
  tcase_add_test (tc, forward_is_not_ignored);
  tcase_add_test (tc, sources);
  tcase_add_test (tc, from_is_for_both);
  tcase_add_test (tc, the_nearest_reason);
  tcase_add_test (tc, once_and_bind_elsewhere);
  tcase_add_test (tc, hours);
  tcase_add_test (tc, several_servers_want_a_signed_address);
  tcase_add_test (tc, an_address_that_must_be_signed);
  tcase_add_test (tc, no_rule_for_carol);
  tcase_add_test (tc, a_group_that_ends);
  tcase_add_test (tc, what_alice_may);
  tcase_add_test (tc, what_is_asked_for);
  tcase_add_test (tc, what_carol_may);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
