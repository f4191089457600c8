"""What a new installation starts with, in one step: the tables that the migrations it stands for make one by one."""

import django.db.models.deletion
import ledgers.fields
import ledgers.guards
import ledgers.identifiers
import ledgers.middleware
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('nonpublic', '0001_initial'), ('nonpublic', '0002_lean_history'), ('nonpublic', '0003_recent_records'), ('nonpublic', '0004_deleted_records')]

    initial = True

    dependencies = [
        ('ledgers', '0007_request_of_a_job'),
        ('ledgers', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Enterprise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='录入时间')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('name', models.CharField(help_text='与营业执照一致。', max_length=100, validators=[ledgers.guards.no_personal_numbers], verbose_name='企业名称')),
                ('credit_code', ledgers.fields.CreditCodeField(error_messages={'unique': '这个代码已经登记过，请核对；如由别的村登记，请联系乡镇统战干事。'}, help_text='营业执照上的18位代码，最后一位为校验位。', max_length=18, unique=True, validators=[ledgers.identifiers.validate_credit_code], verbose_name='统一社会信用代码')),
                ('sector', models.CharField(blank=True, choices=[('A', '农、林、牧、渔业'), ('B', '采矿业'), ('C', '制造业'), ('D', '电力、热力、燃气及水生产和供应业'), ('E', '建筑业'), ('F', '批发和零售业'), ('G', '交通运输、仓储和邮政业'), ('H', '住宿和餐饮业'), ('I', '信息传输、软件和信息技术服务业'), ('J', '金融业'), ('K', '房地产业'), ('L', '租赁和商务服务业'), ('M', '科学研究和技术服务业'), ('N', '水利、环境和公共设施管理业'), ('O', '居民服务、修理和其他服务业'), ('P', '教育'), ('Q', '卫生和社会工作'), ('R', '文化、体育和娱乐业'), ('S', '公共管理、社会保障和社会组织'), ('T', '国际组织')], max_length=1, verbose_name='行业门类')),
                ('registered_capital', ledgers.fields.MoneyField(decimal_places=4, default=Decimal('0'), help_text='单位：万元。', max_digits=14, verbose_name='注册资本')),
                ('staff', models.PositiveIntegerField(default=0, verbose_name='从业人数')),
                ('founded_on', models.DateField(blank=True, help_text='营业执照上的成立日期；不清楚的可不填。', null=True, verbose_name='成立日期')),
                ('closed_on', models.DateField(blank=True, help_text='注销或迁出的日期；从这一天起不再计入。', null=True, verbose_name='注销日期')),
                ('legal_representative', models.CharField(blank=True, help_text='与营业执照一致。', max_length=40, validators=[ledgers.guards.no_personal_numbers], verbose_name='法定代表人')),
                ('office_phone', models.CharField(blank=True, help_text='单位公开的固定电话，如0574-80000000，不填个人手机号码。', max_length=40, validators=[ledgers.identifiers.validate_office_phone], verbose_name='办公电话')),
                ('chamber_member', models.BooleanField(default=False, verbose_name='商会会员')),
                ('chamber_since', models.DateField(blank=True, help_text='只有商会会员需要填写。', null=True, verbose_name='入会时间')),
                ('chamber_post', models.CharField(blank=True, help_text='企业在商会担任的职务，如“副会长单位”。', max_length=40, validators=[ledgers.guards.no_personal_numbers], verbose_name='商会职务')),
                ('remark', models.CharField(blank=True, help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=300, validators=[ledgers.guards.no_personal_numbers], verbose_name='备注')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledgers.orgunit', verbose_name='单位')),
                ('updated_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='更新人')),
            ],
            options={
                'verbose_name': '非公企业',
                'verbose_name_plural': '非公企业',
                'indexes': [models.Index(fields=['updated_by', '-updated_at'], name='enterprise_recent'), models.Index(fields=['unit', '-id'], name='enterprise_unit_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('registered_capital__gte', 0)), name='enterprise_capital_not_negative', violation_error_message='注册资本不能小于0，请改正。'), models.CheckConstraint(condition=models.Q(('founded_on__isnull', True), ('closed_on__isnull', True), ('closed_on__gte', models.F('founded_on')), _connector='OR'), name='enterprise_closed_after_founded', violation_error_message='注销日期不能早于成立日期，请核对。')],
            },
        ),
        migrations.CreateModel(
            name='Contribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='录入时间')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('given_on', models.DateField(verbose_name='捐赠日期')),
                ('amount', ledgers.fields.MoneyField(decimal_places=4, help_text='单位：万元；物资按价值折算。', max_digits=14, verbose_name='捐赠金额')),
                ('purpose', models.CharField(help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=120, validators=[ledgers.guards.no_personal_numbers], verbose_name='捐赠用途')),
                ('recipient_project', models.CharField(blank=True, help_text='受益的公益项目或单位，不写受助人姓名。', max_length=120, validators=[ledgers.guards.no_personal_numbers], verbose_name='受益项目')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledgers.orgunit', verbose_name='单位')),
                ('updated_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='更新人')),
                ('enterprise', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='nonpublic.enterprise', verbose_name='企业')),
            ],
            options={
                'verbose_name': '公益捐赠',
                'verbose_name_plural': '公益捐赠',
                'indexes': [models.Index(fields=['updated_by', '-updated_at'], name='contribution_recent'), models.Index(fields=['unit', '-given_on', '-id'], name='contribution_unit_newest'), models.Index(fields=['-given_on', '-id'], name='contribution_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='contribution_amount_positive', violation_error_message='捐赠金额应大于0，请改正。')],
            },
        ),
        migrations.CreateModel(
            name='EnterpriseRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='录入时间')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('raised_on', models.DateField(verbose_name='提出日期')),
                ('kind', models.CharField(choices=[('finance', '融资'), ('labour', '用工'), ('land', '用地'), ('policy', '政策咨询'), ('permit', '审批办证'), ('legal', '法律服务'), ('market', '市场开拓'), ('technology', '技术创新'), ('other', '其他')], default='other', max_length=10, verbose_name='诉求类别')),
                ('text', models.CharField(help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=500, validators=[ledgers.guards.no_personal_numbers], verbose_name='诉求内容')),
                ('department', models.CharField(blank=True, help_text='牵头办理的部门或站所。', max_length=60, validators=[ledgers.guards.no_personal_numbers], verbose_name='承办部门')),
                ('due', models.DateField(blank=True, null=True, verbose_name='办理期限')),
                ('resolved_on', models.DateField(blank=True, help_text='尚未办结的不填。', null=True, verbose_name='办结日期')),
                ('outcome', models.CharField(blank=True, help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=500, validators=[ledgers.guards.no_personal_numbers], verbose_name='办理结果')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('enterprise', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='nonpublic.enterprise', verbose_name='企业')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledgers.orgunit', verbose_name='单位')),
                ('updated_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='更新人')),
            ],
            options={
                'verbose_name': '企业诉求',
                'verbose_name_plural': '企业诉求',
                'indexes': [models.Index(fields=['updated_by', '-updated_at'], name='enterpriserequest_recent'), models.Index(fields=['unit', '-raised_on', '-id'], name='request_unit_newest'), models.Index(fields=['-raised_on', '-id'], name='request_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('due__isnull', True), ('due__gte', models.F('raised_on')), _connector='OR'), name='request_due_after_raised', violation_error_message='办理期限不能早于提出日期，请核对。'), models.CheckConstraint(condition=models.Q(('resolved_on__isnull', True), ('resolved_on__gte', models.F('raised_on')), _connector='OR'), name='request_resolved_after_raised', violation_error_message='办结日期不能早于提出日期，请核对。')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalContribution',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('request_id', models.CharField(blank=True, default=ledgers.middleware.current_request_id, editable=False, max_length=36, verbose_name='请求编号')),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='录入时间')),
                ('updated_at', models.DateTimeField(blank=True, editable=False, verbose_name='更新时间')),
                ('given_on', models.DateField(verbose_name='捐赠日期')),
                ('amount', ledgers.fields.MoneyField(decimal_places=4, help_text='单位：万元；物资按价值折算。', max_digits=14, verbose_name='捐赠金额')),
                ('purpose', models.CharField(help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=120, validators=[ledgers.guards.no_personal_numbers], verbose_name='捐赠用途')),
                ('recipient_project', models.CharField(blank=True, help_text='受益的公益项目或单位，不写受助人姓名。', max_length=120, validators=[ledgers.guards.no_personal_numbers], verbose_name='受益项目')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('batch', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ledgers.importbatch', verbose_name='导入批次')),
                ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('enterprise', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='nonpublic.enterprise', verbose_name='企业')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ledgers.orgunit', verbose_name='单位')),
                ('updated_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='更新人')),
            ],
            options={
                'verbose_name': 'historical 公益捐赠',
                'verbose_name_plural': 'historical 公益捐赠',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(condition=models.Q(('history_type', '-')), fields=['unit', 'history_id'], name='contribution_deleted')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalEnterprise',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('request_id', models.CharField(blank=True, default=ledgers.middleware.current_request_id, editable=False, max_length=36, verbose_name='请求编号')),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='录入时间')),
                ('updated_at', models.DateTimeField(blank=True, editable=False, verbose_name='更新时间')),
                ('name', models.CharField(help_text='与营业执照一致。', max_length=100, validators=[ledgers.guards.no_personal_numbers], verbose_name='企业名称')),
                ('credit_code', ledgers.fields.CreditCodeField(error_messages={'unique': '这个代码已经登记过，请核对；如由别的村登记，请联系乡镇统战干事。'}, help_text='营业执照上的18位代码，最后一位为校验位。', max_length=18, validators=[ledgers.identifiers.validate_credit_code], verbose_name='统一社会信用代码')),
                ('sector', models.CharField(blank=True, choices=[('A', '农、林、牧、渔业'), ('B', '采矿业'), ('C', '制造业'), ('D', '电力、热力、燃气及水生产和供应业'), ('E', '建筑业'), ('F', '批发和零售业'), ('G', '交通运输、仓储和邮政业'), ('H', '住宿和餐饮业'), ('I', '信息传输、软件和信息技术服务业'), ('J', '金融业'), ('K', '房地产业'), ('L', '租赁和商务服务业'), ('M', '科学研究和技术服务业'), ('N', '水利、环境和公共设施管理业'), ('O', '居民服务、修理和其他服务业'), ('P', '教育'), ('Q', '卫生和社会工作'), ('R', '文化、体育和娱乐业'), ('S', '公共管理、社会保障和社会组织'), ('T', '国际组织')], max_length=1, verbose_name='行业门类')),
                ('registered_capital', ledgers.fields.MoneyField(decimal_places=4, default=Decimal('0'), help_text='单位：万元。', max_digits=14, verbose_name='注册资本')),
                ('staff', models.PositiveIntegerField(default=0, verbose_name='从业人数')),
                ('founded_on', models.DateField(blank=True, help_text='营业执照上的成立日期；不清楚的可不填。', null=True, verbose_name='成立日期')),
                ('closed_on', models.DateField(blank=True, help_text='注销或迁出的日期；从这一天起不再计入。', null=True, verbose_name='注销日期')),
                ('legal_representative', models.CharField(blank=True, help_text='与营业执照一致。', max_length=40, validators=[ledgers.guards.no_personal_numbers], verbose_name='法定代表人')),
                ('office_phone', models.CharField(blank=True, help_text='单位公开的固定电话，如0574-80000000，不填个人手机号码。', max_length=40, validators=[ledgers.identifiers.validate_office_phone], verbose_name='办公电话')),
                ('chamber_member', models.BooleanField(default=False, verbose_name='商会会员')),
                ('chamber_since', models.DateField(blank=True, help_text='只有商会会员需要填写。', null=True, verbose_name='入会时间')),
                ('chamber_post', models.CharField(blank=True, help_text='企业在商会担任的职务，如“副会长单位”。', max_length=40, validators=[ledgers.guards.no_personal_numbers], verbose_name='商会职务')),
                ('remark', models.CharField(blank=True, help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=300, validators=[ledgers.guards.no_personal_numbers], verbose_name='备注')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('batch', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ledgers.importbatch', verbose_name='导入批次')),
                ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ledgers.orgunit', verbose_name='单位')),
                ('updated_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='更新人')),
            ],
            options={
                'verbose_name': 'historical 非公企业',
                'verbose_name_plural': 'historical 非公企业',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(condition=models.Q(('history_type', '-')), fields=['unit', 'history_id'], name='enterprise_deleted')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalEnterpriseRequest',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('request_id', models.CharField(blank=True, default=ledgers.middleware.current_request_id, editable=False, max_length=36, verbose_name='请求编号')),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='录入时间')),
                ('updated_at', models.DateTimeField(blank=True, editable=False, verbose_name='更新时间')),
                ('raised_on', models.DateField(verbose_name='提出日期')),
                ('kind', models.CharField(choices=[('finance', '融资'), ('labour', '用工'), ('land', '用地'), ('policy', '政策咨询'), ('permit', '审批办证'), ('legal', '法律服务'), ('market', '市场开拓'), ('technology', '技术创新'), ('other', '其他')], default='other', max_length=10, verbose_name='诉求类别')),
                ('text', models.CharField(help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=500, validators=[ledgers.guards.no_personal_numbers], verbose_name='诉求内容')),
                ('department', models.CharField(blank=True, help_text='牵头办理的部门或站所。', max_length=60, validators=[ledgers.guards.no_personal_numbers], verbose_name='承办部门')),
                ('due', models.DateField(blank=True, null=True, verbose_name='办理期限')),
                ('resolved_on', models.DateField(blank=True, help_text='尚未办结的不填。', null=True, verbose_name='办结日期')),
                ('outcome', models.CharField(blank=True, help_text='只写事情，不写居民的姓名、身份证号码、手机号码和住址。', max_length=500, validators=[ledgers.guards.no_personal_numbers], verbose_name='办理结果')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('batch', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ledgers.importbatch', verbose_name='导入批次')),
                ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('enterprise', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='nonpublic.enterprise', verbose_name='企业')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ledgers.orgunit', verbose_name='单位')),
                ('updated_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='更新人')),
            ],
            options={
                'verbose_name': 'historical 企业诉求',
                'verbose_name_plural': 'historical 企业诉求',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(condition=models.Q(('history_type', '-')), fields=['unit', 'history_id'], name='enterpriserequest_deleted')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
