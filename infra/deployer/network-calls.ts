import type { ResourceCalls } from './resource-call.ts';

/** The ids of a network are made by EC2, and most of its reads take no resource at all. */
const on = '*';

/** The calls for a private network. */
export const networkCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::EC2::VPC': [
    {
      on,
      create:
        'ec2:CreateTags CreateVpc DescribeNetworkAcls DescribeSecurityGroups DescribeVpcAttribute DescribeVpcs ModifyVpcAttribute',
      update: 'ec2:CreateTags DeleteTags DescribeVpcAttribute DescribeVpcs ModifyVpcAttribute',
      delete: 'ec2:DeleteVpc DescribeVpcs',
    },
  ],
  'AWS::EC2::Subnet': [
    {
      on,
      create:
        'ec2:CreateSubnet CreateTags DescribeNetworkAcls DescribeSubnets ModifySubnetAttribute',
      update: 'ec2:CreateTags DeleteTags DescribeSubnets ModifySubnetAttribute',
      delete: 'ec2:DeleteSubnet DescribeSubnets',
    },
  ],
  'AWS::EC2::RouteTable': [
    {
      on,
      create: 'ec2:CreateRouteTable CreateTags DescribeRouteTables',
      update: 'ec2:CreateTags DeleteTags DescribeRouteTables',
      delete: 'ec2:DeleteRouteTable DescribeRouteTables',
    },
  ],
  'AWS::EC2::SubnetRouteTableAssociation': [
    {
      on,
      create: 'ec2:AssociateRouteTable DescribeRouteTables DescribeSubnets',
      delete: 'ec2:DescribeRouteTables DescribeSubnets DisassociateRouteTable',
    },
  ],
  'AWS::EC2::SecurityGroup': [
    {
      on,
      create:
        'ec2:AuthorizeSecurityGroupEgress CreateSecurityGroup CreateTags DescribeSecurityGroups RevokeSecurityGroupEgress',
      update:
        'ec2:AuthorizeSecurityGroupEgress CreateTags DeleteTags DescribeSecurityGroups RevokeSecurityGroupEgress',
      delete: 'ec2:DeleteSecurityGroup DescribeInstances DescribeSecurityGroups',
    },
  ],
  'AWS::EC2::SecurityGroupEgress': [
    {
      on,
      create: 'ec2:AuthorizeSecurityGroupEgress DescribeSecurityGroupRules',
      update: 'ec2:UpdateSecurityGroupRuleDescriptionsEgress',
      delete: 'ec2:DescribeSecurityGroupRules RevokeSecurityGroupEgress',
    },
  ],
  'AWS::EC2::SecurityGroupIngress': [
    {
      on,
      create: 'ec2:AuthorizeSecurityGroupIngress DescribeSecurityGroupRules',
      update: 'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
      delete: 'ec2:DescribeSecurityGroupRules RevokeSecurityGroupIngress',
    },
  ],
  'AWS::EC2::VPCEndpoint': [
    {
      on,
      create:
        'ec2:CreateTags CreateVpcEndpoint DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs',
      update:
        'ec2:CreateTags DeleteTags DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs ModifyVpcEndpoint',
      delete: 'ec2:DeleteVpcEndpoints DescribeVpcEndpoints',
    },
    // Private names of an endpoint are a zone of Route 53 (guide of PrivateLink, "Create a VPC
    // endpoint").
    { on, with: 'PrivateDnsEnabled', create: 'route53:AssociateVPCWithHostedZone' },
  ],
};
