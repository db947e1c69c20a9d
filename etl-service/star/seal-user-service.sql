create unique index fact_subscription_id on fact_subscription (subscription_id);
call keep_totals('fact_subscription', '{subscriptions}', 'count(*) filter (where ended_at is null)');
